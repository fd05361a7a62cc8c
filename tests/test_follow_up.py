"""What becomes of findings, in tables: against plain loops over the rows of the sample."""

import re

import polars as pl
import pytest

from norwalk_analytics import figures, internal
from norwalk_analytics.board import follow_up
from norwalk_analytics.board.brief import brief_points
from norwalk_analytics.board.scorecard import charts
from norwalk_analytics.oversight import audits
from norwalk_analytics.oversight.measures import tables_of


@pytest.fixture(scope="module")
def shown(district):
    return internal(figures(district, by="district"), district.policy)


def rows_of(html):
    """A table's rows as text, by their head."""
    found = {}
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", str(html), re.DOTALL):
        cells = [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        found[cells[0]] = cells[1:]
    return found


def open_ones(district):
    rows = district.tables["audit_findings"].frame.filter(result="finding").to_dicts()
    day = district.as_of
    return [
        row for row in rows
        if row["opened_on"] is not None and row["opened_on"] <= day and row["audited_on"] <= day
        and (row["closed_on"] is None or row["closed_on"] > day)
    ]  # fmt: skip


def test_overdue_is_counted_by_severity(district, shown):
    rows = rows_of(follow_up.overdue_table(shown))
    every = open_ones(district)
    for name in (*follow_up.SEVERITIES, None):
        mine = [row for row in every if name in (None, row["severity"])]
        dated = [row for row in mine if row["due_on"] is not None]
        late = [row for row in dated if row["due_on"] < district.as_of]
        head = "All" if name is None else name.capitalize()
        if mine:
            assert rows[head][:3] == [str(len(mine)), str(len(dated)), str(len(late))], head
        else:
            assert head not in rows


def test_in_brief_says_how_many_critical_ones_are_overdue(district, shown):
    late = [row for row in open_ones(district)
            if row["severity"] == "critical" and row["due_on"] is not None and row["due_on"] < district.as_of]  # fmt: skip
    said = [text for text, _ in brief_points(shown, charts(shown), [], 0, returns=True) if "critical" in text]
    verb = "finding is" if len(late) == 1 else "findings are"
    assert said == [f"{len(late)} critical audit {verb} past the date first promised."] * bool(late)
    assert late  # the sample tells that story


def test_last_audited_is_what_a_plain_loop_finds(district):
    last = {}
    for row in district.tables["audit_findings"].frame.to_dicts():
        if row["audited_on"] <= district.as_of:
            key = row["school_id"], row["clause"]
            last[key] = max(last.get(key, row["audited_on"]), row["audited_on"])

    def months(day):
        count, as_of = 0, district.as_of
        while True:  # so many whole months fit between
            year, month = divmod(day.year * 12 + day.month - 1 + count + 1, 12)
            if (year, month + 1, day.day) > (as_of.year, as_of.month, as_of.day):
                return count
            count += 1

    wanted = {key: months(day) for key, day in last.items()}
    found = audits.last_audited(tables_of(district))
    assert {(school, clause): n for school, clause, n in found.rows()} == wanted
    html = follow_up.last_audited_table(district)
    rows = rows_of(html)
    clauses = rows["School"]
    assert clauses == list(district.policy.audited)
    for school in district.contract.codes("schools"):
        assert rows[school] == [str(wanted.get((school, clause), "never")) for clause in clauses]
    late = sum(n > 12 for n in wanted.values())
    assert (
        f"{late} were last audited more than 12 months ago, the longest {max(wanted.values())} months ago"
        in str(html)
    )


def test_a_school_that_was_never_audited_is_named():
    found = {("Elm", "A.1a"): 3}
    said = follow_up._long_ago(found, ["Elm", "Oak"], ["A.1a", "B.1"])
    assert said == (
        "Of 4 pairs of school and clause, 0 were last audited more than 12 months ago. "
        "Never audited: Elm (B.1), Oak (A.1a), Oak (B.1)."
    )


def test_follow_through_shows_years_whose_months_have_passed(district, shown):
    html = follow_up.follow_through_table(shown)
    rows = rows_of(html)
    assert rows["Opened in"][3] == "Of those, verified by re-audit"
    frame = shown["follow_through"].frame.filter(view="series", breakdown="within")
    for start, group, y, n in frame.select("start", "group", "numerator", "denominator").rows():
        head = f"{start.year}–{(start.year + 1) % 100:02}"
        at = [*follow_up.WITHIN.values(), follow_up.VERIFIED].index(group)
        if head in rows and n:
            assert rows[head][at].replace("\xa0", " ").startswith(f"{y} of {n:.0f} (")
    assert rows[list(rows)[-1]][2] == "–"  # 24 months have not passed for the newest


def test_where_nothing_was_found_it_is_said(district, shown):
    empty = internal(
        figures(district, by="district").filter(pl.col("measure") == "coverage"), district.policy
    )
    for make, ident, words in (
        (follow_up.overdue_table, "overdue", "No audit finding is open."),
        (follow_up.follow_through_table, "follow-through", "followed for six months"),
        (follow_up.repeats_table, "repeats", "audited again after a finding was closed"),
    ):
        html = str(make(empty))
        assert words in html
        assert f'id="{ident}"' in html
    assert "Found again" in str(follow_up.repeats_table(shown))
