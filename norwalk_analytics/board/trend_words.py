"""A chart → words: how high it stands, whether it changes and since when, how sure that is, and its caption."""

from __future__ import annotations

from norwalk_analytics.board.said import SAID
from norwalk_analytics.board.words import day_words, number, percent, plural, target_words
from norwalk_analytics.oversight.disclosure import Shown
from norwalk_analytics.oversight.limits import OVERDISPERSED
from norwalk_analytics.oversight.measures import MEASURES
from norwalk_analytics.oversight.periods import label
from norwalk_analytics.oversight.runs import MANY

UNITS = {"month": "month", "quarter": "quarter", "school_year": "school year", "event": "event"}


def trend_word(shown: Shown) -> str:
    """The scorecard's word for a chart."""
    if shown.limits is None or shown.summary is None:
        return "not charted"
    return str(shown.summary["trend"])


def what(shown: Shown) -> str:
    """What a chart is of, as a sentence names it."""
    if shown.kind == "t":
        return f"the time between one and the next of {SAID[measure_of(shown)].cases}"
    return SAID[measure_of(shown)].what


def measure_of(shown: Shown) -> str:
    """The measure's id."""
    return str(shown.frame["measure"][0])


def level(shown: Shown, value: float) -> str:
    """A value of a chart in its unit."""
    if shown.kind == "p":
        return percent(value)
    if shown.kind == "t":
        return plural(round(value), "day") if value >= 1 else "under a day"
    per = float(shown.frame["per"][0])
    return f"{value:.2f} per 100 staff" if per > 1 else f"{value:.1f} a {UNITS[str(shown.period)]}"


def trend_sentence(shown: Shown) -> str:
    """One to three sentences: level, change, which rule fired when, against which target, how sure.

    Args:
        shown: one measure with limits (``Shown.with_limits``).
    """
    found = shown.summary
    if shown.limits is None or found is None:
        return years_sentence(shown)
    unit, subject = UNITS[str(shown.period)], what(shown)
    if found["trend"] == "too short to say":
        verb = "is" if found["points"] == 1 else "are"
        return f"There {verb} {plural(found['points'], unit)} to judge by: too few to say whether {subject} is changing."
    average = level(shown, found["centre"])
    sure = (
        " The limits are provisional: they rest on fewer than 20 points."
        if found["limits"] == "trial"
        else ""
    )
    by = "" if shown.kind == "t" else f"By {unit}, "
    if found["trend"] == "steady":
        said = f"{by}{subject} is steady at about {average}: its ups and downs are no more than chance."
    else:
        said = _change(shown, by, subject, average)
    said = said[:1].upper() + said[1:]
    return f"{said}{_against_target(shown)}{sure}"


def _change(shown: Shown, by: str, subject: str, average: str) -> str:
    """What changed, by the rule that marks the latest point."""
    found, unit = shown.summary, UNITS[str(shown.period)]
    assert found is not None
    side = _side(shown)
    verb = {"improving": "has improved", "worsening": "has worsened"}.get(found["trend"], "has shifted")
    if found["rule"] == "outside":
        if shown.kind == "t":
            longer = "longer" if side == "above" else "shorter"
            return f"the latest time between {SAID[measure_of(shown)].cases} is {longer} than chance explains; the average is {average}."
        higher = "higher" if side == "above" else "lower"
        return f"in the latest {unit}, {subject} is {higher} than chance explains; the average is {average}."
    if found["rule"] == "trend":
        way = "risen" if side == "above" else "fallen"
        return f"{by}{subject} {verb}: it has {way} {MANY - 1} times running, which is seldom chance."
    if found["rule"] == "two_of_three":
        return f"{by}{subject} {verb}: two of the latest three lie far {side} its average of {average}."
    since = since_words(shown)
    return (
        f"{by}{subject} {verb}: since {since} it has stayed {side} its average of {average}, "
        "longer than chance explains."
    )


def since_words(shown: Shown) -> str:
    """When the latest run began."""
    assert shown.summary is not None
    start = shown.summary["run_start"]
    return day_words(start) if shown.period == "event" else label(start, str(shown.period))


def _side(shown: Shown) -> str:
    assert shown.limits is not None
    sides = shown.limits["side"].drop_nulls()
    return str(sides[-1]) if len(sides) else "away from"


def _against_target(shown: Shown) -> str:
    """What the limits promise for a target."""
    measure = shown.policy.measures[measure_of(shown)]
    assurance = None if shown.summary is None else shown.summary.get("assurance")
    if shown.kind != "p" or assurance is None or measure.target is None:
        return ""
    unit, goal = UNITS[str(shown.period)], f"the target of {target_words(measure)}"
    return {
        "consistently meets": f" At this level it meets {goal} in any {unit}.",
        "consistently fails": f" At this level it misses {goal} in any {unit}.",
    }.get(assurance, f" At this level it is down to chance whether a {unit} meets {goal}.")


def years_sentence(shown: Shown) -> str:
    """Of bars by school year: the latest that may be shown."""
    rows = [] if shown.limits is None else shown.limits.to_dicts()
    there = [row for row in rows if row["value"] is not None]
    if not rows:
        return "There is not yet a whole school year to show."
    hidden = sum(bool(row["withheld"]) for row in rows)
    kept_back = (
        f" {plural(hidden, 'year is', 'years are')} withheld, since few people stand behind the count."
        if hidden
        else ""
    )
    if not there:
        return f"No school year can be shown.{kept_back}"
    last = there[-1]
    per = float(shown.frame["per"][0])
    if shown.kind in ("c", "t"):
        said = number(last["value"])
    elif per > 1:
        said = f"{last['value']:.2f} per 100 staff"
    else:
        said = f"{percent(last['value'])} ({number(last['y'])} of {number(last['n'])})"
    return f"In {label(last['start'], 'school_year')} {SAID[measure_of(shown)].what} was {said}.{kept_back}"


def span_words(shown: Shown) -> str:
    """From when to when a chart goes."""
    assert shown.limits is not None
    first, last = shown.limits["start"][0], shown.limits["start"][-1]
    if shown.period == "event":
        return f"{day_words(first)} to {day_words(last)}"
    return f"{label(first, str(shown.period))} to {label(last, str(shown.period))}"


def alternative(shown: Shown) -> str:
    """What a chart shows, for who can't see it: its kind, points, latest value, average, limits, marks.

    Args:
        shown: one measure with limits.
    """
    rows = shown.limits
    if rows is None or rows.is_empty():
        return "There is nothing to chart."
    there = rows.drop_nulls("value")
    unit = UNITS[str(shown.period)]
    kind = "Bars" if shown.summary is None else "Control chart"
    said = f"{kind} of {what(shown)}, {plural(there.height, unit)}, {span_words(shown)}."
    if there.is_empty():
        return said
    said += f" Latest: {level(shown, there['value'][-1])}."
    if shown.summary is not None and there["centre"][-1] is not None:
        said += f" Average: {level(shown, there['centre'][-1])}."
        if there["lower"][-1] is not None:
            ends = f"{level(shown, there['lower'][-1])} and {level(shown, there['upper'][-1])}"
            said += f" Limits now: {ends}."
        marked = there["mark"].drop_nulls()
        for mark in marked.unique(maintain_order=True):
            said += f" {plural(int((marked == mark).sum()), 'point')} marked as {mark}."
    return said


def caption(shown: Shown) -> str:
    """Method, period, rules and source, under a chart; and what to be careful about."""
    rows = shown.limits
    if rows is None or rows.is_empty():
        return ""
    if shown.summary is None:
        few = "too few cases a month or quarter to judge"
        return f"By school year, {span_words(shown)}, without control limits: {few}. {source_words(shown)}"
    unit = UNITS[str(shown.period)]
    cohorts = " of first use" if "first use" in SAID[measure_of(shown)].what else ""
    point = f"a {unit}{cohorts}" if shown.period != "event" else "the days from one case to the next"
    said = (
        f"Each point is {point}, {span_words(shown)}. Limits at three sigma ({shown.kind} chart), from the points shown. "
        "Points are marked by Anhøj’s rules (see Method). A gap is withheld or missing."
    )
    spread = shown.summary.get("sigma_z")
    if spread is not None and spread > OVERDISPERSED:
        said += f" The points scatter {spread:.1f} times as widely as chance alone would have it, so too many are marked: a prime chart would judge them better."
    if shown.summary.get("assurance") is not None and rows["mark"].drop_nulls().len():
        said += " While points are marked, take what the limits say of the target with care."
    return f"{said} {source_words(shown)}"


def source_words(shown: Shown) -> str:
    """Which table the figures of a measure are made from."""
    return f"Source: {MEASURES[measure_of(shown)].table.replace('_', ' ')}."
