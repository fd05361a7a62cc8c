"""Words: a table of situations and the sentence that each must give; and each figure in a sentence is in its table."""

import re
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from norwalk_analytics import figures, internal, reported, suppress
from norwalk_analytics.board.said import SAID, headline, of_cases, of_number, standing
from norwalk_analytics.board.scorecard import charts, main_row
from norwalk_analytics.board.trend_words import alternative, caption, trend_sentence
from norwalk_analytics.oversight.counting import FIGURES
from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.oversight.periods import add_months, last_day
from norwalk_analytics.policy import read_policy

POLICY = read_policy()
MONTHS = [add_months(date(2024, 1, 1), i) for i in range(24)]


def plain(text):
    return text.replace("\u00a0", " ").replace("’", "'")


def figure(measure, count, of, **cells):
    made = {
        "measure": measure, "clause": POLICY.measures[measure].clause, "table": MEASURES[measure].table,
        "view": "event", "school": None, "breakdown": None, "group": None, "period": "12 months",
        "start": date(2025, 7, 1), "end": date(2026, 6, 30), "numerator": count, "denominator": of,
        "people": 500, "people_numerator": min(count or 0, 500), "people_complement": 400, "largest": 1,
    }  # fmt: skip
    return made | cells


def shown(rows, make=suppress, policy=POLICY):
    return make(pl.DataFrame(rows, schema=FIGURES), policy)


# Measure, count, of, and what must be said.
SITUATIONS = [
    ("reported_in_time", 0, 0, "In the 12 months to June 2026, no report was due."),
    ("reported_in_time", 40, 40, "In the 12 months to June 2026, all 40 reports due were made in time; the target, every case, is met."),
    ("reported_in_time", 9, 10, "In the 12 months to June 2026, 9 of 10 reports due were made in time; the target, every case, is not met."),
    ("reported_in_time", 0, 12, "In the 12 months to June 2026, none of 12 reports due was made in time; the target, every case, is not met."),
    ("written_in_time", 1, 1, "In the 12 months to June 2026, the one written report due was made in time."),
    ("written_in_time", 0, 1, "In the 12 months to June 2026, 0 of 1 written report due was made in time."),
    ("written_in_time", 1, 30, "In the 12 months to June 2026, 1 of 30 written reports due (3.3 %) was made in time."),
    ("relatives", 0, None, "In the 12 months to June 2026, no contact with a relative was logged."),
    ("relatives", 1, None, "In the 12 months to June 2026, 1 contact with a relative was logged."),
    ("relatives", 1200, None, "In the 12 months to June 2026, 1,200 contacts with relatives were logged."),
    ("friend_or_follow", 11, 1486.0, "In the 12 months to June 2026, 11 logged contacts by friending or following were found to be violations: 0.74 per 100 staff (95 % interval 0.37 to 1.32)."),
    ("friend_or_follow", 0, 1486.0, "In the 12 months to June 2026, no logged contact by friending or following was found to be a violation: 0.00 per 100 staff (95 % interval 0.00 to 0.25)."),
    ("friend_or_follow", 3, None, "In the 12 months to June 2026, 3 logged contacts by friending or following were found to be violations; for want of staff figures there is no rate."),
    ("closed_in_time", 82, 119, "In the 12 months to June 2026, 82 of 119 findings due (68.9 %) were closed by the date first promised."),
    ("repeats", 6, 80, "In the 12 months to June 2026, 6 of 80 closed findings audited again (7.5 %) were found again."),
]  # fmt: skip


@pytest.mark.parametrize(("measure", "count", "of", "said"), SITUATIONS)
def test_how_a_measure_stands(measure, count, of, said):
    row = shown([figure(measure, count, of)], internal)[measure].one(view="event")
    assert plain(standing(row, POLICY.measures[measure])) == said


STOCK = {"view": "stock", "period": "as_of", "start": date(2026, 6, 30)}


@pytest.mark.parametrize(("measure", "count", "of", "said"), [
    ("supervisor_aware", 2145, 2236, "On June 30, 2026, 2,145 of 2,236 tools in use (95.9 %) had a supervisor who was notified; the target of at least 95 % is met."),
    ("suitable", 1, 2, "On June 30, 2026, 1 of 2 tools in use was approved as suitable; the target of at least 95 % is not met."),
    ("scope_personal", 1, 90, "On June 30, 2026, 1 tool in use is a personal account."),
    ("rejected_in_use", 0, 90, "On June 30, 2026, no tool in use was rejected as unsuitable."),
    ("disclosed", 0, 0, "On June 30, 2026, there was no tool in use in a classroom, team or activity."),
])  # fmt: skip
def test_how_a_stock_stands(measure, count, of, said):
    row = shown([figure(measure, count, of, **STOCK)], internal)[measure].one(view="stock")
    assert plain(standing(row, POLICY.measures[measure])) == said


def test_what_is_withheld_is_not_said():
    row = shown([figure("written_in_time", 3, 9, people=9, people_numerator=3, people_complement=6)])
    row = row["written_in_time"].one(view="event")
    assert row["withheld"]
    said = standing(row, POLICY.measures["written_in_time"])
    assert said == "In the 12 months to June 2026, the figure is withheld, since few people stand behind it."
    assert (
        headline(row, POLICY.measures["written_in_time"], "steady") == "Written reports made in time: steady"
    )
    late = figure("reported_in_time", 3, 9, people=9, people_numerator=3, people_complement=6)
    row = shown([late])["reported_in_time"].one(view="event")
    assert (
        standing(row, POLICY.measures["reported_in_time"])
        == "In the 12 months to June 2026, not every case was in time."
    )


@pytest.mark.parametrize(("count", "ends"), [
    (82, "with so few cases, the true rate may lie anywhere from 60.1 to 76.5 %."),  # worse than the target
    (88, "with so few cases, the true rate may lie anywhere from 65.4 to 81.0 %. 518 at the same rate would show that it is met."),
])  # fmt: skip
def test_a_rate_that_can_not_be_told_yet(count, ends):
    closed = replace(POLICY.measures["closed_in_time"], target=0.7)
    policy = replace(POLICY, measures={**POLICY.measures, "closed_in_time": closed})
    row = shown([figure("closed_in_time", count, 119)], internal, policy)["closed_in_time"].one(view="event")
    told = plain(standing(row, closed))
    assert told.endswith(f"the target is at least 70 %. Whether it is met can't be told yet: {ends}")


def series(measure, counts, of, months=MONTHS, **cells):
    return [
        figure(measure, y, n, view="series", period="month", start=day, end=last_day(day), **cells)
        for day, y, n in zip(months, counts, of, strict=False)
    ]


STEADY = [90, 88] * 12
CHANGES = [
    ("closed_in_time", STEADY, "By month, the share of findings closed by the date first promised is steady at about 89.0 %: its ups and downs are no more than chance."),
    ("closed_in_time", STEADY[:12], "By month, the share of findings closed by the date first promised is steady at about 89.0 %: its ups and downs are no more than chance. The limits are provisional: they rest on fewer than 20 points."),
    ("closed_in_time", STEADY[:9], "There are 9 months to judge by: too few to say whether the share of findings closed by the date first promised is changing."),
    ("closed_in_time", STEADY[:1], "There is 1 month to judge by: too few to say whether the share of findings closed by the date first promised is changing."),
    ("closed_in_time", [*STEADY[:23], 60], "In the latest month, the share of findings closed by the date first promised is lower than chance explains; the average is 87.8 %."),
    ("closed_in_time", [84, 86] * 6 + [92, 94] * 6, "By month, the share of findings closed by the date first promised has improved: since Jan 2025 it has stayed above its average of 89.0 %, longer than chance explains."),
    ("closed_in_time", [94, 92] * 6 + [84, 86] * 6, "By month, the share of findings closed by the date first promised has worsened: since Jan 2025 it has stayed below its average of 89.0 %, longer than chance explains."),
]  # fmt: skip


@pytest.mark.parametrize(("measure", "counts", "said"), CHANGES)
def test_how_a_chart_changes(measure, counts, said):
    found = shown(series(measure, counts, [100] * 24), internal)[measure].with_limits("p")
    assert plain(trend_sentence(found)) == said


def test_the_rules_of_making_data_count_have_words_too():
    from dataclasses import replace

    found = shown(series("closed_in_time", STEADY, [100] * 24), internal)["closed_in_time"].with_limits("p")
    for rule, side, said in (
        ("trend", "above", "has risen 6 times running"), ("trend", "below", "has fallen 6 times running"),
        ("two_of_three", "below", "two of the latest three lie far below its average"),
        ("shift", "above", "since Jan 2024 it has stayed above its average"),
    ):  # fmt: skip
        limits = found.limits.with_columns(side=pl.lit(side))
        summary = {**found.summary, "trend": "improving", "rule": rule, "run_start": date(2024, 1, 1)}
        assert said in trend_sentence(replace(found, limits=limits, summary=summary))


def test_a_target_beside_the_limits():
    rows = series("supervisor_aware", [9980, 9960] * 12, [10_000] * 24)
    found = shown(rows, internal)["supervisor_aware"].with_limits("p")
    assert "At this level it meets the target of at least 95 % in any month." in plain(trend_sentence(found))
    low = shown(series("supervisor_aware", STEADY, [100] * 24), internal)["supervisor_aware"].with_limits("p")
    assert "At this level it is down to chance whether a month meets the target of at least 95 %." in plain(
        trend_sentence(low)
    )


# Two counts in turn, of how many, and how widely they are said to scatter: from above 1.5.
SCATTER = [(9000, 8000, 10_000, "24.8"), (55, 45, 100, "1.8"), (54, 46, 100, None)]


@pytest.mark.parametrize(("one", "two", "of", "times"), SCATTER)
def test_overdispersion_is_said(one, two, of, times):
    rows = series("closed_in_time", [one, two] * 12, [of] * 24)
    said = caption(shown(rows, internal)["closed_in_time"].with_limits("p"))
    words = "times as widely as chance alone would have it, so too many are marked: a prime chart"
    assert (words in said) == (times is not None)
    assert times is None or f"scatter {times} {words}" in said


def test_rare_events_are_charted_by_the_days_between_them():
    start, rows = date(2024, 1, 5), []
    days = [30.0, 20.0, 41.0, 12.0, 25.0] * 5
    for i, gap in enumerate(days):
        day = start + timedelta(days=30 * i)
        rows.append(figure("disclosures", 1, gap, view="gaps", period="event", start=day, end=day))
    rows.append(figure("disclosures", 0, 400.0, view="gaps", period="event", start=date(2026, 6, 30)))
    found = shown(rows, internal)["disclosures"].with_limits("t")
    assert found.kind == "t"
    assert found.limits["hollow"].to_list()[-1]
    assert found.limits["mark"].to_list()[-1] == "improvement"  # the time that runs is already long
    said = plain(trend_sentence(found))
    assert said.startswith(
        "The time between one and the next of logged disclosures of student information is steady at about 2"
    )
    assert "days" in said


def test_every_measure_has_its_words():
    assert set(SAID) == set(MEASURES)
    for name, measure in POLICY.measures.items():
        assert bool(SAID[name].what) == (measure.chart in ("p", "u", "c", "t")), name
        for count in (0, 1, 2, 19, 20, 1000):
            for of in (0, 1, 2, 19, 20, 1000):
                if count <= of:
                    text = of_cases(name, count, of)
                    assert not re.search(r"\b1 \w+s\b|\bNaN\b|\bNone\b|  ", text.replace("1 address", "")), (
                        text
                    )
            assert re.match(r"no |1 |[0-9,]+ ", of_number(name, count))


def numbers(text):
    """Every number in a sentence but those of dates, periods, limits and conventions."""
    text = re.sub(r"\d{4}–\d{2}", "", plain(text))
    text = re.sub(
        r"[A-Z][a-z]+ \d{1,2}, \d{4}|[A-Z][a-z]{2}(–[A-Z][a-z]{2})? \d{4}|[A-Z][a-z]+ \d{4}",
        "",
        text,
    )
    text = re.sub(r"95 % interval|12 months|per 100|30 days|fewer than 20", "", text)
    return {float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def protected(made, policy):
    """As a report has it."""
    return suppress(reported(made, policy), policy)


@pytest.mark.parametrize("make", [protected, internal])
def test_each_figure_in_a_sentence_is_in_its_table(district, make):
    """Counts, shares, intervals and averages, of every measure of the sample, read back from the text."""
    made = make(figures(district), district.policy)
    for (name, clause), chart in charts(made).items():
        measure, row = made.policy.measures[name], main_row(made[name, clause])
        there = {0.0, 1.0, 6.0}
        for value in (row or {}).values():
            if isinstance(value, int | float) and not isinstance(value, bool):
                there |= {round(float(value), 2), float(round(value)), round(float(value) * 100, 1)}
        goal = measure.target or 0
        there |= {round(goal * 100, 1), float(chart.frame.height)}
        rows = chart.limits.to_dicts()
        for point in rows:
            for key in ("value", "centre", "lower", "upper", "y", "n"):
                if point.get(key) is not None:
                    value = float(point[key])
                    there |= {round(value, 2), round(value, 1), float(round(value)), round(value * 100, 1)}
        there |= {
            float(sum(p["value"] is not None for p in rows)),
            float(sum(bool(p["withheld"]) for p in rows)),
        }
        marks = [p.get("mark") for p in rows]
        there |= {float(marks.count(mark)) for mark in set(marks)}
        if chart.summary is not None:
            there.add(float(chart.summary["points"]))
        text = f"{trend_sentence(chart)} {alternative(chart)} "
        text += (
            f"{standing(row, measure)} {headline(row, measure, '')}" if row and name != "platforms" else ""
        )
        unknown = {one for one in numbers(text) if not any(abs(one - known) < 0.051 for known in there)}
        assert not unknown, (name, clause, unknown, text)
