"""How results show themselves in a notebook, and what wrong names are answered with, as tables of cases."""

import re
from xml.etree import ElementTree

import polars as pl
import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

import norwalk_analytics
from norwalk_analytics import (
    BoardReport,
    control_limits,
    figures,
    funnel_limits,
    internal,
    measure,
    reported,
    roll_forward,
    scan_district,
    suppress,
    time_to_event,
    waits,
)
from norwalk_analytics.board.measured import funnel_chart, measure_chart, school_charts
from norwalk_analytics.intake.notebook import table_html
from norwalk_analytics.policy import UserError


@pytest.fixture(scope="module")
def inside(district):
    return internal(figures(district), district.policy)


@pytest.fixture(scope="module")
def results(district, inside, sample_folder, tmp_path_factory):
    """Everything that a call gives which is no frame of Polars."""
    scanned = scan_district(sample_folder, tmp_path_factory.mktemp("checked"))
    return {
        "district": district,
        "loaded": district.tables["tool_registrations"],
        "scanned district": scanned,
        "scanned": scanned.tables["tool_registrations"],
        "contract": district.contract,
        "table": district.contract.tables["exception_log"],
        "policy": district.policy,
        "internal": inside,
        "one measure": inside["suitable"],
        "publishable": suppress(reported(figures(district), district.policy), district.policy),
        "chart": measure_chart(inside, "suitable"),
        "report": BoardReport(str(sample_folder)),
    }


LINES = {
    "district": "<District as of 2026-06-30, made-up sample data>",
    "loaded": "<tool_registrations from tool_registrations.csv: 6,050 read",
    "scanned district": "<District as of 2026-06-30, made-up sample data>",
    "scanned": "<tool_registrations from tool_registrations.csv: 6,050 read",
    "contract": "<Contract of Norwalk Board of Education: tool_registrations, exception_log, audit_findings",
    "table": "<Table exception_log: ",
    "policy": "<Policy of Norwalk Board of Education: ",
    "internal": "<Internal: not for publication. ",
    "one measure": "<Internal: not for publication. ",
    "publishable": "<Publishable: ",
    "chart": "Internal: not for publication. ",
    "report": "<BoardReport as of 2026-06-30, published. Its pieces: head, brief, scorecard, ",
}


@pytest.mark.parametrize("name", LINES)
def test_as_text_a_result_is_a_few_lines(results, name):
    text = repr(results[name])
    assert text.startswith(LINES[name])
    assert len(text) < 1200
    assert " at 0x" not in text


IN_TABLES = ["district", "loaded", "scanned district", "scanned", "internal", "one measure", "publishable"]


@pytest.mark.parametrize("name", IN_TABLES)
def test_a_table_is_read_out_and_takes_the_notebook_s_colours(results, name):
    html = results[name]._repr_html_()
    root = ElementTree.fromstring(f"<div>{html}</div>")
    tables = list(root.iter("table"))
    assert tables
    for one in tables:
        assert one.find("caption").text
        assert {head.get("scope") for head in one.iter("th")} <= {"col", "row"}
        assert None not in {head.get("scope") for head in one.iter("th")}
    assert not re.search(r"color|background|class=", html), "what the theme says of tables holds"


def test_what_a_table_holds_is_data():
    html = table_html("<b>", ["<i>"], [["<script>", "a & b"]], named=True)
    for piece in ("&lt;b&gt;", "&lt;i&gt;", '">&lt;script&gt;</th>', "a &amp; b"):
        assert piece in html


def test_an_internal_table_says_so_and_a_publishable_one_how_much_is_withheld(results):
    assert "Internal: not for publication" in results["internal"]._repr_html_()
    assert re.search(r"[\d,]+ figures of \d+ measures, [\d,]+ withheld", results["publishable"]._repr_html_())


def test_a_picture_takes_the_dark_theme_of_jupyterlab(results):
    data, _ = results["chart"]._repr_mimebundle_()
    assert data["text/html"].startswith(
        '<style>[data-jp-theme-light="false"] .picture { --c-background: #14171A;'
    )
    assert "<style" not in results["chart"].html


FRAME = pl.DataFrame({"school": ["A"] * 12, "month": range(12), "late": [1] * 12, "due": [9] * 12})
WRONG = {
    "a name of the package": (lambda d, s: norwalk_analytics.figure, "norwalk_analytics has no figure. Did you mean figures?"),
    "a name that is like none": (lambda d, s: norwalk_analytics.zzz, "norwalk_analytics has no zzz."),
    "a table": (lambda d, s: d.tables["exception_logs"], "There is no table exception_logs. Did you mean exception_log?"),
    "its frame": (lambda d, s: d.frame("exception_logs"), "No table is called exception_logs. Did you mean exception_log?"),
    "a measure": (lambda d, s: measure("suitabel", d), "There is no measure suitabel. Did you mean suitable?"),
    "a measure shown": (lambda d, s: s["suitabel"], "There is no measure suitabel. Did you mean suitable?"),
    "a chart": (lambda d, s: measure_chart(s, "suitabel"), "suitabel has no control chart. Did you mean suitable?"),
    "a funnel": (lambda d, s: funnel_chart(s, "suitabel"), "There is no measure suitabel. Did you mean suitable?"),
    "small charts": (lambda d, s: school_charts(s, "suitabel"), "suitabel has no control chart. Did you mean suitable?"),
    "a wait": (lambda d, s: waits("parents_told", d), "There is no wait parents_told. Did you mean parent_told?"),
    "by, of figures": (lambda d, s: figures(d, by="shool"), "Did you mean school?"),
    "by, of a measure": (lambda d, s: measure("suitable", d, by="monht"), "Did you mean month?"),
    "by, of the roll-forward": (lambda d, s: roll_forward(d, by="shool"), "by is school or district, not shool. Did you mean school?"),
    "by, of a funnel": (lambda d, s: funnel_limits(FRAME, y="late", n="due", by=["shool"]), "There is no column shool in .* Did you mean school?"),
    "by, of a control chart": (lambda d, s: control_limits(FRAME, y="late", n="due", x="month", by=["shool"]), "Did you mean school?"),
    "a kind of chart": (lambda d, s: control_limits(FRAME, y="late", x="month", kind="rnu"), "Did you mean run?"),
    "by, of a wait": (lambda d, s: time_to_event(FRAME, time="late", event="school", by=["mnth"]), "Did you mean month?"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_name_is_answered_with_the_right_one(district, inside, case):
    call, said = WRONG[case]
    with pytest.raises((AttributeError, UserError, ValueError), match=said.replace("?", r"\?")):
        call(district, inside)


def test_a_report_knows_its_measures(results):
    with pytest.raises(UserError, match=r"no measure suitabel\. Did you mean suitable\?"):
        results["report"].measure("suitabel")


def test_a_table_that_is_called_so_and_is_not_there_is_no_wrong_name(district):
    assert district.tables.get("nothing") is None
    assert "nothing" not in district.tables
    with pytest.raises(KeyError, match=r"^There is no table"):
        district.tables["nothing"]


OFFERED = {
    "norwalk_analytics.": {"interactive", "figures", "load_district", "BoardReport"},
    "norwalk_analytics.fig": {"figures"},
    'district.tables["': {"exception_log", "tool_registrations", "audit_findings", "returns", "actions"},
    'inside["sui': {"suitable"},
}


@pytest.mark.parametrize("typed", OFFERED)
def test_tab_completes(district, inside, typed):
    names = {"norwalk_analytics": norwalk_analytics, "district": district, "inside": inside}
    with provisionalcompleter():
        found = list(IPCompleter(namespace=names).completions(typed, len(typed)))
    offered = {re.split(r"[.\"']", one.text.rstrip("\"']"))[-1] for one in found}
    assert OFFERED[typed] <= offered, offered
