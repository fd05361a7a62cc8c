"""Schools and groups in the report: tables and pictures hold what may be shown and nothing else, and read well."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import polars as pl
import pytest

from norwalk_analytics import BoardReport, figures, load_district
from norwalk_analytics.board import side_by_side
from norwalk_analytics.board.making import make_report
from norwalk_analytics.board.measured import FEWEST, funnel_chart, school_charts
from norwalk_analytics.board.method import withheld_facts
from norwalk_analytics.board.said import SHORT
from norwalk_analytics.board.side_by_side import THREE_YEARS, WHOLE, Grid, spoken, withheld_words
from norwalk_analytics.oversight import row_counts
from norwalk_analytics.oversight.disclosure import internal
from norwalk_analytics.oversight.reported import report_figures, reported
from norwalk_analytics.oversight.row_counts import COUNTS, RowCounts, aside_of, counts_of, protected
from norwalk_analytics.oversight.shown import LeftOut
from norwalk_analytics.oversight.status import COUNTS_ONLY

CELL = re.compile(r"withheld|none|[\d,]+( of [\d,]+)?")


class Tables(HTMLParser):
    """Tables of a fragment: id → its rows as lists of text."""

    def __init__(self, html):
        super().__init__()
        self.tables, self.row, self.cell = {}, [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.rows = self.tables[dict(attrs)["id"]] = []
        elif tag == "tr":
            self.row = []
            self.rows.append(self.row)
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.row.append(self.cell.replace("\u00a0", " ").strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


@pytest.fixture(scope="module")
def report(sample_folder):
    return BoardReport(str(sample_folder))


@pytest.fixture(scope="module")
def inside(sample_folder):
    return BoardReport(str(sample_folder), edition="internal")


def tables(fragment):
    return Tables(fragment.html).tables


def column_of(shown, measure, clause):
    if measure != "finding_rate":
        return SHORT[measure] if clause == "all" else f"{clause} {SHORT[measure]}"
    name = shown.policy.sections.get(clause) or shown.policy.clause(clause).title
    return f"{clause} {name}"


def said_of(row):
    """A figure as it must stand, said here anew."""
    if row["withheld"]:
        assert all(row[name] is None for name in ("numerator", "denominator", "rate", "lower", "upper"))
        return "withheld"
    if row["measure"] in COUNTS_ONLY or row["per"] > 1:
        return f"{row['numerator']:,}"
    return f"{row['numerator']:,} of {row['denominator']:,.0f}" if row["denominator"] else "none"


def held(shown, found, ident, rows, by):
    """Each figure of the frame stands in its cell of a table; gives the cells that were looked at."""
    heads, *lines = found[ident]
    looked = {}
    for row in rows.to_dicts():
        said = str if by == "school" else spoken
        name = WHOLE if row["school"] is None and row["breakdown"] is None else said(row[by])
        place = heads.index(column_of(shown, row["measure"], row["clause"]))
        line = next(line for line in lines if line[0] == name)
        assert line[place] == said_of(row), row
        looked[name, place] = line[place]
    rest = [cell for line in lines for at, cell in enumerate(line) if at and (line[0], at) not in looked]
    assert set(rest) <= {"none"}
    assert all(CELL.fullmatch(cell) for cell in looked.values())
    return looked


def by_school(shown, ident):
    """The figures of a table by school, those of the district with them."""
    frame = shown.frame.filter(pl.col("breakdown").is_null())
    if ident == "schools-by-clause":
        rows = frame.filter(table="tool_registrations", view="stock", period="as_of")
    elif ident == "findings-by-school":
        rows = frame.filter(measure="finding_rate", view="event", period=THREE_YEARS)
    else:
        rows = frame.filter(
            pl.col("measure").is_in(["coverage", "open_findings", "overdue", "closed_in_time"]),
            ((pl.col("view") == "stock") & (pl.col("period") == "as_of"))
            | ((pl.col("view") == "event") & (pl.col("period") == "12 months")),
        )  # fmt: skip
    mine = rows.filter(pl.col("school").is_not_null()).select("measure", "clause").unique()
    return rows.join(mine, on=["measure", "clause"], how="semi")


@pytest.mark.parametrize("ident", ["schools-by-clause", "findings-by-school", "audits-by-school"])
@pytest.mark.parametrize("edition", ["report", "inside"])
def test_the_schools_tables_hold_the_figures(ident, edition, request):
    made = request.getfixturevalue(edition)
    found = tables(made.schools())
    rows = by_school(made.shown, ident)
    assert (ident in found) == bool(rows.height)
    if ident not in found:
        return
    looked = held(made.shown, found, ident, rows, "school")
    assert found[ident][-1][0] == WHOLE
    assert (
        len(found[ident]) == rows["school"].n_unique() + 1
    )  # the district is one of them, the heads are not
    hidden = int(rows["withheld"].sum())
    assert list(looked.values()).count("withheld") == hidden
    said = (
        withheld_words(hidden, rows.height) if edition == "report" else "Nothing is withheld in this edition."
    )
    assert said in made.schools().html


@pytest.mark.parametrize("table", ["tool_registrations", "exception_log"])
@pytest.mark.parametrize("edition", ["report", "inside"])
def test_the_tables_of_groups_hold_the_figures(table, edition, request):
    made = request.getfixturevalue(edition)
    found = tables(made.breakdowns(table))
    word = "tools" if table == "tool_registrations" else "contacts"
    every = made.shown.frame.filter(
        pl.col("school").is_null(), (pl.col("period").is_in(["as_of", "12 months"])),
        pl.col("view").is_in(["stock", "event"]), table=table,
    )  # fmt: skip
    seen = 0
    for by in ("role", "setting", "channel"):
        groups = every.filter(breakdown=by)
        whole = every.filter(pl.col("breakdown").is_null()).join(
            groups, on=["measure", "clause", "view"], how="semi"
        )
        assert (f"{word}-by-{by}" in found) == bool(groups.height)
        if groups.height:
            seen += len(held(made.shown, found, f"{word}-by-{by}", pl.concat([groups, whole]), "group"))
    assert seen


def test_what_is_withheld_is_in_no_part(report, inside):
    """The value of a withheld figure, which the internal edition prints, is not where it would stand."""
    key = ["measure", "clause", "view", "school", "breakdown", "group", "period", "start"]
    hidden = report.shown.frame.filter("withheld", pl.col("school").is_not_null() | pl.col("breakdown").is_in(["role", "setting", "channel"]))  # fmt: skip
    true = hidden.select(key).join(inside.shown.frame, on=key, how="inner", nulls_equal=True)
    stands = true.filter(pl.col("view").is_in(["stock", "event"]))
    assert stands.height > 50
    published, shown = (tables_of(one) for one in (report, inside))
    for row in stands.to_dicts():
        ident, name, column = where(inside.shown, row)
        assert cell_of(published, ident, name, column) == "withheld"
        assert cell_of(shown, ident, name, column) == said_of(row)


def tables_of(made):
    return tables(made.schools()) | tables(made.breakdowns())


def where(shown, row):
    word = "tools" if row["table"] == "tool_registrations" else "contacts"
    if row["school"]:
        idents = {"tool_registrations": "schools-by-clause", "audit_findings": "audits-by-school"}
        ident = "findings-by-school" if row["period"] == THREE_YEARS else idents[row["table"]]
        return ident, row["school"], column_of(shown, row["measure"], row["clause"])
    return (
        f"{word}-by-{row['breakdown']}",
        spoken(row["group"]),
        column_of(shown, row["measure"], row["clause"]),
    )


def cell_of(found, ident, name, column):
    heads, *lines = found[ident]
    return next(line for line in lines if line[0] == name)[heads.index(column)]


def test_pictures_are_of_published_points_alone(report):
    for name in ("supervisor_aware", "parents_informed"):
        rows = report.shown[name].frame.filter(pl.col("school").is_not_null(), view="stock", period="as_of")
        chart = funnel_chart(report.shown, name)
        kept = rows.filter(~pl.col("withheld"))
        if kept.height < FEWEST:
            assert "too few schools can be shown" in chart.html
            continue
        assert f"{int(kept['numerator'].sum()):,} of {int(kept['denominator'].sum()):,} in all" in chart.words
        lines = next(iter(tables(chart).values()))
        assert {line[0] for line in lines[1:]} == set(kept["school"])
        hidden = rows.height - kept.height
        verb = "school is" if hidden == 1 else "schools are"
        assert (f"{hidden} {verb} withheld" in chart.words) == bool(hidden)


def test_a_school_with_fewer_than_two_points_has_no_small_chart(report):
    rows = report.shown["parents_informed"].frame.filter(
        pl.col("school").is_not_null(), view="series", period="school_year"
    )
    points = rows.group_by("school").agg((~pl.col("withheld") & (pl.col("denominator") > 0)).sum().alias("n"))
    drawn, left = points.filter(pl.col("n") >= 2), points.filter(pl.col("n") < 2)
    chart = school_charts(report.shown, "parents_informed")
    assert 0 < drawn.height < points.height
    lines = next(iter(tables(chart).values()))[1:]
    assert {line[0]: int(line[1]) for line in lines} == dict(drawn.iter_rows())
    assert all(name not in chart.html for name in left["school"])
    assert f"{left.height} school{' is' if left.height == 1 else 's are'} left out" in chart.words


def test_findings_by_section_have_a_funnel_each(report, inside):
    chart = inside.funnels("audit_findings").html
    sections = set(
        inside.shown["finding_rate"].frame.filter(pl.col("school").is_not_null(), period=THREE_YEARS)[
            "clause"
        ]
    )
    letters = {one for one in sections if len(one) == 1}
    assert letters == {"P", "A", "B", "C"}
    for letter in letters:
        assert f"Audited items with a finding, section {letter}: " in chart
        whole = inside.shown["finding_rate", letter].one(view="event", period=THREE_YEARS)
        assert f"{whole['numerator']:,} of {whole['denominator']:,.0f} in all" in chart
    assert "NaN" not in chart + report.funnels().html


def test_the_internal_edition_shows_everything_and_is_watermarked(inside):
    for part in (
        inside.schools(),
        inside.breakdowns(),
        inside.funnels(),
        inside.school_charts(),
        inside.data_quality(),
    ):
        assert part.internal
        assert 'class="withheld"' not in part.html
        pictures = part.html.count("<svg")
        assert (
            part.html.count("Internal: not for publication</text>")
            == len(re.findall(r"</svg>", part.html))
            == pictures
        )
    assert "every figure" not in inside.method().html
    assert "Nothing: this edition is not for publication." in inside.method().html


def test_a_published_report_says_by_which_rules_it_withholds(report):
    said = " ".join(withheld_facts(report.shown))
    small = report.shown.policy.disclosure
    assert f"fewer than {small['people']} people" in said
    assert f"1 to {small['count'] - 1} stand behind the count" in said
    assert "school, role, setting or platform" in said
    assert "more than half of the records" in said
    assert all(one.words in said for one in report.shown.left_out)


def test_tables_that_are_left_out_are_named(report):
    from dataclasses import replace

    name = report.shown.policy.measures["access_kept"].name
    frame = report.shown.frame.filter((pl.col("measure") != "access_kept") | pl.col("school").is_null())
    shown = replace(report.shown, frame=frame, left_out=tuple(
        LeftOut("access_kept", "B.4", (by,), "as_of", f"{name} (B.4) by {by}") for by in ("school", "role")
    ))  # fmt: skip
    html = str(side_by_side.schools_table(shown))
    note = "Not published by school or group, since nearly all of it would be withheld: "
    assert note in html
    assert html.count(f"{name} (B.4) by school") == 1
    assert "by role" not in html.split(note)[1]
    assert f"{name} (B.4) by role" in str(side_by_side.group_tables(shown, "tool_registrations"))
    assert all(one.words in " ".join(withheld_facts(shown)) for one in shown.left_out)
    nothing = replace(shown, frame=frame.filter(pl.col("school").is_null()))
    html = str(side_by_side.schools_table(nothing))
    assert "<table" not in html
    assert note in html


def test_findings_that_stand_for_the_district_alone_are_named(report):
    rows = report.shown["finding_rate"].frame.filter(view="event", period=THREE_YEARS)
    alone = set(rows.filter(pl.col("school").is_null())["clause"]) - set(
        rows.filter(pl.col("school").is_not_null())["clause"]
    )
    html = report.findings_by_school().html
    assert ("Audited items with a finding by school, of" in html) == bool(alone)


@pytest.mark.parametrize(
    ("hidden", "of", "said"),
    [
        (0, 1, "The one figure is not withheld."), (1, 1, "The one figure is withheld, since few people stand behind it"),
        (0, 9, "None of the 9 figures is withheld."), (1, 9, "1 of the 9 figures is withheld, since few people stand behind it"),
        (2, 1200, "2 of the 1,200 figures are withheld, since few people stand behind them"),
        (9, 9, "All 9 figures are withheld"),
    ],
)  # fmt: skip
def test_grammar(hidden, of, said):
    assert withheld_words(hidden, of).startswith(said)


def test_no_sentence_counts_one_of_many(report, inside):
    for made in (report, inside):
        parts = (made.schools(), made.breakdowns(), made.funnels(), made.school_charts(), made.data_quality())
        text = " ".join(re.sub(r"<[^>]+>", " ", part.html) for part in parts)
        assert not re.search(
            r"\b1 (schools|figures|groups|measures|rows)\b|None of|nan\b", text.replace("None of the", "")
        )


# ---- a district with little


def test_a_folder_with_one_table_still_makes_a_report(sample_folder, tmp_path):
    as_of = load_district(sample_folder).as_of
    (tmp_path / "tool_registrations.csv").write_bytes((sample_folder / "tool_registrations.csv").read_bytes())
    found = make_report(tmp_path / "r.html", data=tmp_path, as_of=as_of).read_text(encoding="utf-8")
    assert 'id="schools-by-clause"' in found
    assert "Audit findings by school: there is no evidence." in found
    assert "Contacts by groups: there is no evidence." in found


def test_a_table_without_rows_still_makes_a_report(sample_folder, tmp_path):
    head = (sample_folder / "audit_findings.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "audit_findings.csv").write_text(head + "\n", encoding="utf-8")
    as_of = load_district(sample_folder).as_of
    found = make_report(tmp_path / "r.html", data=tmp_path, as_of=as_of).read_text(encoding="utf-8")
    assert "Tools by school: there is no evidence." in found
    assert "too few can be shown" in found


# ---- how good the data are


def told(counts, reasons=()):
    return protected(RowCounts(dict(zip(COUNTS, counts, strict=True)), list(reasons)), 6)


@pytest.mark.parametrize(
    ("counts", "reasons", "hidden"),
    [
        ((100, 100, 0, 0, 0), [], set()),
        ((100, 94, 6, 0, 0), [("a", "critical", 6)], set()),
        ((100, 95, 5, 0, 0), [("a", "critical", 5)], {"set aside", "accepted", 0}),
        ((100, 89, 6, 5, 0), [("a", "critical", 6)], {"left out", "accepted"}),
        ((100, 100, 0, 0, 1), [("a", "warning", 1)], {"warnings", 0}),
        # a lone reason takes the next smallest; the other severity's are another sum
        ((100, 60, 40, 0, 9), [("a", "critical", 30), ("b", "critical", 3), ("c", "critical", 7), ("d", "warning", 9)], {1, 2}),
        # two reasons of one row each are known from their sum
        ((100, 90, 10, 0, 0), [("a", "critical", 1), ("b", "critical", 1), ("c", "critical", 8)], {0, 1, 2}),
        ((100, 90, 10, 0, 0), [("a", "critical", 3), ("b", "critical", 2), ("c", "critical", 8)], {0, 1}),
        # no other reason is left: the total goes, and accepted with it
        ((100, 91, 9, 0, 0), [("a", "critical", 4)], {0, "set aside", "accepted"}),
        ((100, 100, 0, 0, 9), [("a", "warning", 4)], {0, "warnings"}),
    ],
)  # fmt: skip
def test_few_rows_are_withheld_and_cannot_be_worked_out(counts, reasons, hidden):
    assert told(counts, reasons).hidden == hidden


def test_the_rows_of_a_small_fault_are_not_told(sample_folder, tmp_path):
    """Three rows set aside: no number in the tables or the sentence of a published report; all of it inside."""
    frame = pl.read_csv(sample_folder / "audit_findings.csv", infer_schema=False)
    broken = pl.int_range(pl.len()) < 3
    frame.with_columns(
        pl.when(broken).then(pl.lit("nowhere")).otherwise("audited_on").alias("audited_on")
    ).write_csv(tmp_path / "audit_findings.csv")
    as_of = load_district(sample_folder).as_of.isoformat()
    outside, inside = (BoardReport(str(tmp_path), as_of, edition=one) for one in ("published", "internal"))
    loaded = outside.district.tables["audit_findings"]
    assert loaded.quarantined.height == 3
    line = tables(outside.data_quality())["rows-by-table"][1]
    assert line[:5] == ["Audit findings", f"{loaded.read:,}", "withheld", "withheld", "0"]
    assert (
        "Counts of few rows are withheld, and others so that they can’t be worked out"
        in outside.data_quality().html
    )
    assert "Some rows were set aside" in outside.brief().html
    assert "3 rows" not in outside.brief().html
    assert "1 to 5" not in outside.data_quality().html
    line = tables(inside.data_quality())["rows-by-table"][1]
    assert line[2:4] == [f"{loaded.frame.height:,}", "3"]
    assert "Counts of few rows" not in inside.data_quality().html
    assert "3 rows were set aside" in inside.brief().html
    assert aside_of([loaded], 6) is None
    assert aside_of([loaded], 0) == 3
    assert counts_of(loaded, 0).hidden == frozenset()


def test_the_sum_over_tables_does_not_give_back_a_withheld_count(monkeypatch):
    each = [
        told((50, 46, 4, 0, 0), [("a", "critical", 4)]),
        told((50, 10, 40, 0, 0), [("a", "critical", 40)]),
    ]
    monkeypatch.setattr(row_counts, "counts_of", lambda one, small: each[one.at])
    some = [SimpleNamespace(at=0), SimpleNamespace(at=1)]
    assert aside_of(some, 6) is None
    assert aside_of(some[1:], 6) == 40


def test_only_what_may_be_shown_is_set_side_by_side(district):
    from norwalk_analytics import figures

    frame = figures(district, by=["district", "school"])
    with pytest.raises(TypeError):
        side_by_side.schools_table(frame)
    assert "withheld" not in str(side_by_side.schools_table(internal(frame, district.policy))).replace(
        "Nothing is withheld", ""
    )


def test_a_school_s_name_stands_as_it_is():
    """Neither its first letter nor a sign in it is made into another; a code is said in words."""
    names = ["iLearn", "a_b", "mms"]
    assert Grid([], names, {}, "school").lines() == [["iLearn"], ["a_b"], ["mms"], [WHOLE]]
    assert Grid([], names, {}, "role").lines() == [["ILearn"], ["A b"], ["MMS"], [WHOLE]]


@pytest.mark.long
def test_a_report_is_chosen_from_fewer_figures_and_is_the_same(district):
    every = figures(district, by=["district", "school", "role", "setting", "channel"])
    fewer = report_figures(district)
    assert fewer.height < 0.8 * every.height
    one, other = reported(every, district.policy), reported(fewer, district.policy)
    assert one.sort(one.columns).equals(other.sort(other.columns))
