"""What many tests share: the sample district, loaded once, and the public data beside the checkout."""

import csv
import importlib.util
import sys
from functools import partial
from pathlib import Path

import pytest
from faulty_tables import as_csv, faulty_tables, header_of, write
from spark_session import session

from norwalk_analytics import (
    load_audit_findings,
    load_district,
    load_exception_log,
    load_tool_registrations,
)
from norwalk_analytics.sample import write_sample

if not hasattr(sys.modules["__main__"], "__file__"):  # a worker of xdist: there, PySpark ends the program
    sys.modules["__main__"].__file__ = __file__

LOADERS = {
    "tool_registrations": load_tool_registrations,
    "exception_log": load_exception_log,
    "audit_findings": load_audit_findings,
}
SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory):
    """The sample district as files."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


@pytest.fixture(scope="session")
def district(sample_folder):
    """The sample district, loaded."""
    return load_district(sample_folder)


@pytest.fixture(scope="session")
def clean_rows(sample_folder):
    """The three tables of the sample as rows of text."""
    tables = {}
    for name in ("tool_registrations", "exception_log", "audit_findings"):
        with (sample_folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    return tables


@pytest.fixture(scope="session")
def faulty(clean_rows):
    """The three tables with faults planted in them, as rows."""
    return faulty_tables(clean_rows)


@pytest.fixture(scope="session")
def header(clean_rows):
    """Table → the header that its faulty rows have."""
    return partial(header_of, clean_rows)


@pytest.fixture(scope="session")
def faulty_csv(faulty, header, tmp_path_factory):
    """The same as a folder of CSV."""
    return write(tmp_path_factory.mktemp("faulty") / "csv", faulty, header, as_csv)


@pytest.fixture(scope="session")
def spark():
    """A Spark session, or a skip."""
    return session()


def public(path, source):
    """A file of the public data, or a skip that names its source."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{found.name} is not beside the checkout; its public source: {source}")
    return found


def script(path):
    """A script of the checkout as a module, not run."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
