"""The command line: exit codes, JSON, one sentence where a file can't be read."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from norwalk_analytics.cli import main


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_validate_the_sample(sample_folder):
    done = run("validate", sample_folder)
    assert done.exit_code == 0
    found = json.loads(run("validate", sample_folder, "--json").stdout)["tables"]
    assert set(found) == {"tool_registrations", "exception_log", "audit_findings", "returns", "actions"}
    for one in found.values():
        assert one["read"] == one["accepted"] + one["quarantined"] + one["left_out"]
        assert one["quarantined"] == 0


def test_sample_is_the_same_for_the_same_seed(tmp_path):
    for name in ("a", "b"):
        assert run("sample", tmp_path / name, "--as-of", "2025-01-31").exit_code == 0
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    assert "2025-01-31" in (tmp_path / "a" / "district.toml").read_text()


def broken(sample_folder, tmp_path):
    text = (sample_folder / "exception_log.csv").read_text().splitlines()
    text[1] = text[1].replace(text[1].split(",")[3], "Rotan")
    (tmp_path / "exception_log.csv").write_text("\n".join(text))
    return tmp_path


def test_exit_1_where_a_row_is_set_aside_and_what_is_written(sample_folder, tmp_path):
    folder = broken(sample_folder, tmp_path)
    done = run("validate", folder, "--as-of", "2026-06-30", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert (
        "exception_log.csv, row 2: No school_id “Rotan” in schools.csv. Nearest: “Roton”. It was set aside."
        in done.stdout
    )
    assert "There is no tool_registrations" in done.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {
        *(f"exception_log.{part}.csv" for part in ("accepted", "quarantined", "problems")),
        "exception_log.corrections.xlsx",
    }


@pytest.mark.parametrize("arguments", [
    ("validate", "{tmp}/nowhere"), ("validate", "{tmp}"), ("report", "{tmp}/nowhere", "-o", "{tmp}/r.html"),
    ("validate", "{sample}", "--as-of", "2013-01-01"), ("validate", "{sample}", "--contract", "{tmp}/none"),
    ("validate", "{sample}", "--profile", "{tmp}/none.toml"), ("report", "{sample}", "--internal"),
])  # fmt: skip
def test_exit_2_is_one_sentence(sample_folder, tmp_path, arguments):
    done = run(*[one.format(tmp=tmp_path, sample=sample_folder) for one in arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "r.html").exists()


def test_a_formula_is_text_in_what_is_written(tmp_path):
    import polars as pl

    from norwalk_analytics.intake.writing import safe

    cells = ["=1+1", "+1", "-1", "@a", "\tx", "plain", None]
    assert safe(pl.DataFrame({"a": cells}))["a"].to_list() == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@a",
        "'\tx",
        "plain",
        None,
    ]


def test_module_and_help():
    done = subprocess.run(
        [sys.executable, "-m", "norwalk_analytics", "--help"], capture_output=True, text=True, check=True
    )
    assert "norwalk-analytics validate demo" in done.stdout
