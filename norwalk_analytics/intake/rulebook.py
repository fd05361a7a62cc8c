"""The rulebook in Great Expectations' own hands: as a suite, and as a validation result.

Nothing here is needed to load a table whose rules ``expressions.py`` knows, and Great Expectations is
imported only when something here is called.
"""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import polars as pl

from norwalk_analytics.intake.contract import ALL_TABLES, Contract, Rule
from norwalk_analytics.intake.problems import SCHEMA, as_problems, general
from norwalk_analytics.intake.rules import readable_condition
from norwalk_analytics.intake.texts import ROW
from norwalk_analytics.policy import UserError
from norwalk_analytics.whole import make_folder, write_whole

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult

    from norwalk_analytics.intake.loaded import Loaded

BY_ROW = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW],
    "exclude_unexpected_values": True,
}
"""Which rows, by their numbers, and no value of theirs."""
WHOLE = "whole_rulebook"
"""Stands in the ``meta`` of a suite that ``write_rulebook`` wrote; a contract's own suite has rules added to it."""
LOCK = RLock()  # what is printed and logged is the whole process's
CUSTOM = "expectations.py"
"""A contract's own expectations, in Python, for those that Great Expectations does not know either."""


@contextmanager
def _as_a_script() -> Iterator[None]:
    """As in a script with a file: elsewhere PySpark without Spark Connect ends the program, and says nothing."""
    main = sys.modules["__main__"]
    bare = not hasattr(main, "__file__")
    if bare:
        main.__file__ = "-c"
    try:
        yield
    finally:
        if bare:
            del main.__file__


def great_expectations() -> Any:
    """Great Expectations with its Polars engine, imported where a result of it is asked for.

    Raises:
        UserError: if it is not installed.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")  # nothing is sent anywhere
    try:
        with quiet(), _as_a_script():  # when first imported, what it imports warns
            import great_expectations as gx

            import norwalk_analytics.gx  # noqa: F401  registers the Polars engine
    except ModuleNotFoundError as error:
        message = f"This needs {error.name}: pip install 'norwalk-analytics[lab]'."
        raise UserError(message) from None
    return gx


def suite(name: str, rules: Sequence[Rule]) -> ExpectationSuite:
    """Rules as a suite of Great Expectations, each with its clause and its two sentences in ``meta``.

    Args:
        name: the suite's name.
        rules: rules with their parameters given.

    Raises:
        UserError: if Great Expectations does not take one of them.
    """
    gx = great_expectations()
    with quiet():
        made: ExpectationSuite = gx.ExpectationSuite(
            name=name, expectations=[_expectation(name, rule) for rule in rules]
        )
    return made


def write_rulebook(
    folder: Path, contract: Contract, as_of: date, tables: Sequence[str] = ALL_TABLES
) -> list[Path]:
    """Write ``<table>.expectations.json`` for each table: its whole rulebook, which Great Expectations reads.

    Each is run, by any engine of theirs, on the typed rows with the columns that the loader sets beside
    them (``Loaded.judged``).

    Args:
        folder: where to; it is made.
        contract: what the rules are made of.
        as_of: the day at whose end the data are read; it stands in the rules.
        tables: which tables.

    Raises:
        UserError: if Great Expectations is not installed, or the folder holds a contract's own suites.
    """
    great_expectations()
    paths = [folder / f"{table}.expectations.json" for table in tables]
    for path in paths:
        if path.exists() and WHOLE not in path.read_text(encoding="utf-8", errors="replace"):
            message = f"{path.name} stands there and is no rulebook that was written so. Name another folder."
            raise UserError(message)
    custom, parameters = contract.files.get(CUSTOM), contract.parameters(as_of)
    every = {table: [rule.given(parameters) for rule in contract.tables[table].rules] for table in tables}
    if custom is not None and not all(rule.known for rules in every.values() for rule in rules):
        _run_file(custom)
    texts = []
    for table, rules in every.items():
        made = suite(table, rules)
        made.meta = {WHOLE: True, "as_of": as_of.isoformat(), **(made.meta or {})}
        whole = made.to_json_dict()
        texts.append(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    make_folder(folder)
    for path, text in zip(paths, texts, strict=True):
        write_whole(path, text)
    return paths


def _expectation(name: str, rule: Rule) -> Any:
    """A rule as an expectation; a suite would log what it does not take, and leave it out."""
    from great_expectations.exceptions import GreatExpectationsError

    try:
        return _configuration(rule).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError, KeyError):
        message = f"{name}.expectations.json: Great Expectations knows no such expectation, or not with these arguments: {rule.id} ({rule.type}). Nothing was loaded."
        raise UserError(message) from None


def _configuration(rule: Rule) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    kwargs, condition = dict(rule.kwargs), readable_condition(rule)
    if condition is not None:
        kwargs["row_condition"] = condition
    if rule.mostly < 1:
        kwargs["mostly"] = rule.mostly
    meta = {"rule": rule.id, "field": rule.field, "clause": list(rule.clause), "wrong": general(rule.wrong),
            "remedy": rule.remedy}  # fmt: skip
    severity = FailureSeverity(rule.severity)
    return ExpectationConfiguration(type=rule.type, kwargs=kwargs, meta=meta, severity=severity)


def validation_result(loaded: Loaded, result_format: Any = None) -> ExpectationSuiteValidationResult:
    """What ``Loaded.validation_result`` gives."""
    whole, name = suite(loaded.table.name, loaded.rules), loaded.table.name
    if result_format is not None:
        return _validated(name, loaded.judged, whole, result_format)
    result = _validated(name, loaded.judged, whole, BY_ROW)
    for one in result.results:
        one.success = bool(one.success)
        one.result.pop("observed_value", None)  # the least or the commonest value is some row's
    return result


def _validated(
    name: str, frame: pl.DataFrame, whole: Any, result_format: Any
) -> ExpectationSuiteValidationResult:
    """A suite run on a frame by the Polars engine."""
    gx = great_expectations()
    with quiet():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        asset = context.data_sources.add_polars("norwalk_analytics").add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        result: ExpectationSuiteValidationResult = batch.validate(whole, result_format=result_format)
        return result


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is printed or logged: Great Expectations, and what it runs, may quote cells there."""
    with LOCK, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)


def problems_by_great_expectations(
    frame: pl.DataFrame, rules: Sequence[Rule], file: str, custom: Path | None = None
) -> pl.DataFrame:
    """Run the rules that ``expressions.py`` does not know through the Polars engine.

    Args:
        frame: the typed frame that the rulebook is run on.
        rules: a table's rules, with their parameters given; those that are known are passed over.
        file: the suite's file, for messages.
        custom: a contract's ``expectations.py``, run first.

    Returns:
        One problem a row and rule that it breaks, without those on a cell that could not be read; of a
        broken expectation that names no rows, one without a row.

    Raises:
        UserError: if a rule can't be run, in one sentence that names it.
    """
    great_expectations()
    if custom is not None:
        _run_file(custom)
    found = [pl.DataFrame(schema=SCHEMA)]
    for order, rule in enumerate(rules, start=1):
        rows = None if rule.known else _rows(frame, rule, file)
        if rows is None:
            continue
        named = pl.Series(ROW, rows or [None], dtype=pl.Int64).to_frame()
        said = pl.lit(general(rule.wrong))
        found.append(
            as_problems(
                named, rule.field or None, rule.id, rule.clause, rule.severity, said, rule.remedy, order
            )
        )
    return pl.concat(found)


def _run_file(path: Path) -> None:
    """Run a contract's Python file, which defines expectations."""
    spec = importlib.util.spec_from_file_location("norwalk_analytics_contract_expectations", path)
    if spec is None or spec.loader is None:
        return
    try:
        with quiet():
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except (Exception, SystemExit) as error:
        message = f"{path.name} can't be run: {type(error).__name__}. Nothing was loaded."
        raise UserError(message) from None


def _rows(frame: pl.DataFrame, rule: Rule, file: str) -> list[int] | None:
    """The rows that break a rule; none of a whole table; None where it is kept."""
    cause = "it raised an error"
    try:
        result = _validated("one", frame, suite(file.split(".")[0], [rule]), BY_ROW).results[0]
        if not _raised(result):
            index = result.result.get("unexpected_index_list")
            if index is None:
                return None if result.success else []
            numbers = [row for part in index for row in part[ROW]]
            if set(numbers) <= set(frame[ROW]):
                cause = ""
        elif "No provider found" in str(result.exception_info):
            cause = "its metric is missing for Polars"
    except UserError:
        raise
    except (Exception, SystemExit):
        cause = "it raised an error"
    if cause:
        message = (
            f"{file}: the expectation {rule.id} can't be run on this table: {cause}. Nothing was loaded."
        )
        raise UserError(message) from None
    unreadable = [
        name for name in {c.split("__")[0] for c in rule.columns} if f"{name}__unreadable" in frame.columns
    ]
    if unreadable:
        read = ~pl.any_horizontal(f"{name}__unreadable" for name in unreadable)
        numbers = frame.filter(pl.col(ROW).is_in(numbers) & read)[ROW].to_list()
    return numbers or None


def _raised(result: Any) -> bool:
    """Whether an expectation raised an error instead of giving a result."""
    info = result.exception_info or {}
    return bool(info.get("raised_exception")) or any(
        isinstance(one, Mapping) and one.get("raised_exception") for one in info.values()
    )
