"""Every side of a benchmark marks the same rows for the same rules, and a part is measured by itself."""

import importlib.util
import warnings

import polars as pl
import pytest

from benchmarks import data, fast, formats, growth, load, memory, native, page, suites, timing
from benchmarks import rivals as libraries
from norwalk_analytics import load_tool_registrations
from norwalk_analytics.intake.texts import ROW

ROWS = 20_000
RULES = data.setting().rules


@pytest.fixture(scope="module")
def frame():
    """Faulty registrations, typed."""
    return data.typed(ROWS)


@pytest.fixture(scope="module")
def ours(frame):
    """What the fast path finds, with warnings that keep their row."""
    return fast.check(frame, RULES)


@pytest.fixture(scope="module")
def strict(frame):
    """What the fast path finds where any broken rule sets a row aside."""
    return fast.check(frame, fast.all_critical(RULES))


def test_every_rule_is_broken_on_its_share_of_rows(ours):
    counts = dict(ours.marks["rule"].value_counts().iter_rows())
    assert set(counts) == {rule.id for rule in RULES}
    assert min(counts.values()) >= ROWS * data.SHARE
    assert set(data.FAULTS) >= set(counts)


def test_the_rows_are_the_same_each_run_and_no_two_alike(frame):
    assert data.faulty(500).equals(data.faulty(500))
    assert frame.drop(ROW).is_unique().all()


def test_the_faults_are_those_planted(ours):
    cells = data.faulty(ROWS)
    teachers = cells.with_row_index(ROW, offset=2).filter(employee_role="teacher")[ROW].to_list()
    assert ours.marks.filter(rule="employee_role.listed")[ROW].sort().to_list() == teachers


def test_nothing_is_lost_and_both_parts_keep_their_columns(frame, ours):
    assert ours.accepted.height + ours.aside.height == frame.height
    assert ours.accepted.columns == ours.aside.columns == frame.columns


def test_a_comparison_sees_a_difference(ours):
    one_less = fast.Checked(ours.accepted, ours.aside, ours.marks[1:])
    assert ours.same(ours)
    assert not ours.same(one_less)
    assert not ours.same(fast.Checked(ours.accepted[1:], ours.aside, ours.marks))


def test_one_text_for_every_engine_is_the_same(frame, ours):
    assert fast.portable(frame, RULES).same(ours)


@pytest.mark.parametrize("name", native.ways())
def test_written_by_hand_it_is_the_same(frame, ours, strict, name):
    assert native.ways()[name](frame).same(ours)
    assert native.ways(warnings=False)[name](frame).same(strict)


@pytest.mark.parametrize("what", libraries.WAYS)
def test_a_library_marks_the_same_rows_for_the_same_rules(frame, strict, what):
    module, make = libraries.WAYS[what]
    if importlib.util.find_spec(module.LIBRARY) is None:
        pytest.skip(f"needs {module.LIBRARY}: pip install {module.LIBRARY}")
    with warnings.catch_warnings():  # of its own, on import
        warnings.simplefilter("ignore")
        found = make(frame)(frame)
    assert found.same(strict)
    assert (found.marks is None) == what.endswith("alone")
    assert found.accepted.columns == found.aside.columns == frame.columns


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_great_expectations_marks_the_same_rows_for_the_same_rules(frame, engine):
    if importlib.util.find_spec("great_expectations") is None:
        pytest.skip("needs great_expectations: pip install great_expectations 'pandas<3'")
    if engine == "polars" and importlib.util.find_spec("norwalk_analytics.gx") is None:
        pytest.skip("norwalk_analytics.gx is not there")
    unread = pl.any_horizontal(
        pl.col("^.*__unreadable$")
    )  # the engines do not know that outcomes are dropped
    readable = frame.filter(~unread)
    used = sorted({column for rule in RULES for column in rule.columns} | {ROW})
    known = readable.select(used)
    named = {"result_format": "COMPLETE", "unexpected_index_column_names": [ROW]}
    with warnings.catch_warnings():  # pandas warns of groups in a pattern
        warnings.simplefilter("ignore")
        result = suites.validate(
            engine, suites.to_pandas(known) if engine == "pandas" else known, suites.suite(RULES), named
        )
    assert suites.marks(result).equals(fast.in_order(fast.check(readable, RULES).marks))


def test_a_frame_of_many_copies_is_judged_as_its_parts(monkeypatch):
    monkeypatch.setattr(data, "BASE", 1000)
    once, thrice = (fast.check(data.typed(rows), RULES).marks for rows in (1000, 3000))
    counts = once.group_by("rule").len().with_columns(pl.col("len") * 3)
    assert counts.sort("rule").equals(thrice.group_by("rule").len().sort("rule"))
    assert data.typed(2500).height == 2500


def test_the_twin_is_what_the_loader_makes_of_the_mixed_file(tmp_path):
    cells = data.clean(2000)
    cells.write_csv(tmp_path / "twin.csv")
    mixed = load.mixed(cells)
    mixed.write_csv(tmp_path / "mixed.csv")
    dates = [mixed[name] for name in data.setting().table.of_type("date")]
    share = sum(date.str.contains("/").sum() for date in dates) / sum(date.count() for date in dates)
    assert share == pytest.approx(0.3, abs=0.03)
    twin = load.read_twin(tmp_path / "twin.csv").drop("platform")
    loaded = load_tool_registrations(tmp_path / "mixed.csv", as_of=data.AS_OF)
    assert loaded.accepted.select(twin.columns).equals(twin)


def test_memory_is_measured_in_another_process():
    if not memory.STATUS.exists():
        pytest.skip("needs Linux, which counts a process's memory in /proc")
    found = memory.measured(data.typed(2000))
    assert found["added"] >= 0
    assert 0 < found["accepted"] < 2000


def test_growth_is_seen(monkeypatch):
    taken = iter([0.001, 0.001, 0.9] * 2)
    monkeypatch.setattr(growth, "RUNS", 2)
    monkeypatch.setattr(growth, "seconds", lambda _: next(taken))
    monkeypatch.setattr(growth, "_memory", lambda: timing.Section("Peak memory"))
    table = growth.run((100, 200, 300))[0].table.splitlines()
    assert table[3].endswith("| 0.50 | no |")
    assert table[4].endswith("| 600.00 | **yes** |")


def test_a_line_is_held_to_its_target_by_its_median():
    assert timing.Line("a", 10, [1.0, 1.2, 9.0], most=1.3).met == "yes"
    assert timing.Line("a", 10, [1.0, 1.4, 1.5], most=1.3).met == "**no**"
    assert timing.Line("a", 10, [19.0], least=20).met == "**no**"
    assert str(timing.Line("a", 1000, [1, 2, 3])) == "| a | 1,000 | 3 | 1.00 | 2.00 | 3.00 |  |  |"


def test_a_part_of_the_page_is_written_and_the_others_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PAGE", tmp_path / "README.md")
    page.write("b", "## B\n\nfirst", ["a", "b"])
    page.write("a", "## A", ["a", "b"])
    page.write("b", "## B\n\nsecond", ["a", "b"])
    text = page.PAGE.read_text()
    assert text.index("## A") < text.index("## B\n\nsecond")
    assert "first" not in text
    assert text.count("<!-- a -->") == text.count("<!-- b -->") == 1


@pytest.mark.parametrize("section", [libraries])
def test_a_library_that_is_not_there_is_one_line(monkeypatch, capsys, section):
    monkeypatch.setattr(libraries, "lacking", lambda *names: list(names))
    (part,) = section.run(100)
    assert not part.lines
    assert capsys.readouterr().err.count("is not installed") == len(libraries.WAYS)


@pytest.mark.long
def test_each_format_is_measured_on_the_same_rows(tmp_path):
    """Every format's file gives the same accepted rows, so that their times can be compared."""
    accepted = {}
    for path, bare, called, count in formats.files(tmp_path, 300, 100):
        one = load_tool_registrations(path, contract=data.setting().contract, as_of=data.AS_OF)
        assert (one.read, one.accepted.height) == (count, count)
        accepted.setdefault(count, []).append(one.accepted)
        assert bare(path) is not None
        assert called
    for frames in accepted.values():
        assert all(frame.equals(frames[0]) for frame in frames)


def test_all_figures_of_a_larger_district_are_those_of_figures():
    """What the benchmark of measures times is what ``figures`` gives, on a small district."""
    from benchmarks import measures

    rows = {"tool_registrations": 300, "exception_log": 200, "audit_findings": 200}
    tables = measures.district(rows)
    assert {name: frame.to_native().height for name, frame in tables.frames.items()} == rows
    found = measures.all_figures(tables, measures.BY)
    assert found["measure"].n_unique() == 24
    assert [frame.height > 0 for frame in measures.one_group_by(tables)] == [True] * 3
