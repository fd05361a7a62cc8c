"""The figures that a report holds, of all that can be made: what is published is protected together, so no more than is shown.

Series are kept by the kind of period that their chart is drawn by, for as many periods as it shows; schools
stand by stock, by the 12 months, and by the policy's clauses and sections over the last three school years.
"""

from __future__ import annotations

import polars as pl

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.oversight.counting import FIGURES
from norwalk_analytics.oversight.measures import all_figures, tables_of
from norwalk_analytics.oversight.primary import primary, worth_reading
from norwalk_analytics.oversight.shown import YEARS, chart_periods
from norwalk_analytics.policy import Policy

THREE_YEARS = "three school years"
SCHOOL_SERIES = ("supervisor_aware", "parents_informed")
"""Measures drawn school by school and year by year."""
SCHOOL_STOCKS = (
    "scope_personal", "disclosed", "supervisor_aware", "suitable", "rejected_in_use", "rules_published",
    "parents_informed", "access_kept", "open_findings", "overdue",
)  # fmt: skip
SCHOOL_EVENTS = ("coverage", "closed_in_time")
"""Measures that schools are compared by, of the last 12 months."""
PEOPLE = ("role", "setting", "channel")
"""Breakdowns that a report holds of how things stand and of the 12 months; by platform, the tools alone."""
NUMBERS = ("numerator", "denominator", "people", "people_numerator", "people_complement")


def report_figures(district: District) -> pl.DataFrame:
    """The figures from which ``reported`` takes what a report holds: by school, of the measures that schools are set side by side by.

    Args:
        district: what ``load_district`` gave.

    Returns:
        Rows of the long table. ``reported`` takes the same of them as of all ``figures``.
    """
    tables = tables_of(district)
    of_schools = (*SCHOOL_STOCKS, *SCHOOL_EVENTS, *SCHOOL_SERIES, "finding_rate")
    return pl.concat(
        [all_figures(tables, ("district", *PEOPLE)), all_figures(tables, ("school",), of_schools)]
    )


def reported(figures: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """What a report holds of a table of figures.

    Args:
        figures: the long table, by district and whatever else it was made by.
        policy: measures, clauses and settings.

    Returns:
        Rows of the long table, those by section of the policy added: ``clause`` is the section's letter then,
        and ``period`` "three school years".

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics import figures, load_district, write_sample
        >>> with TemporaryDirectory() as folder:
        ...     district = load_district(write_sample(Path(folder)))
        >>> every = figures(district)
        >>> reported(every, district.policy).height < every.height / 5
        True
    """
    district, schools = pl.col("school").is_null(), pl.col("school").is_not_null()
    whole = pl.col("breakdown").is_null()
    standing = pl.col("view").is_in(["stock", "event", "apart"])
    main = pl.col("period").is_in(["as_of", "12 months", "all"])
    by_people = pl.col("breakdown").is_in(PEOPLE) & (pl.col("group") != "other direct messages").fill_null(
        value=True
    )
    by_platform = (pl.col("breakdown") == "platform").fill_null(value=False)
    split = ~whole & (main | (pl.col("breakdown") == "limb"))
    kept = figures.filter(
        (district & standing & whole)
        | (district & standing & split & ~by_people & ~by_platform)
        | (district & main & by_people)
        | (district & main & by_platform & (pl.col("measure") == "platforms"))
        | (schools & whole & (pl.col("view") == "stock") & pl.col("measure").is_in(SCHOOL_STOCKS))
        | (schools & whole & (pl.col("period") == "12 months") & (pl.col("view") == "event")
           & pl.col("measure").is_in(SCHOOL_EVENTS))
    )  # fmt: skip
    every = pl.concat([kept, *_series(figures, policy), *_by_clause(figures, policy)]).select(list(FIGURES))
    return worth_reading(every, policy)


def _series(figures: pl.DataFrame, policy: Policy) -> list[pl.DataFrame]:
    """Charts' periods, and those of small charts by school."""
    shown = int(policy.settings["periods_shown"])
    series = figures.filter(view="series").sort("start", maintain_order=True)
    district = series.filter(pl.col("school").is_null(), pl.col("breakdown").is_null())
    periods = chart_periods(figures.with_columns(primary(figures, policy.disclosure)["withheld"]), policy)
    parts = []
    for (name, clause), rows in district.group_by("measure", "clause", maintain_order=True):
        period = next(
            (found for (one, other, _), found in periods.items() if (one, other) == (name, clause)), None
        )
        if period is None:
            parts.append(rows.filter(period="school_year").tail(YEARS))
        else:
            parts.append(rows.filter(period=period).tail(shown))
    followed = series.filter(pl.col("school").is_null(), breakdown="within")
    parts += [rows.tail(YEARS) for _, rows in followed.group_by("group", maintain_order=True)]
    flows = figures.filter(pl.col("school").is_null(), view="flow")
    parts += [rows.tail(shown) for _, rows in flows.group_by("group", maintain_order=True)]
    gaps = figures.filter(view="gaps")
    parts += [rows.tail(shown) for _, rows in gaps.group_by("measure", "clause", maintain_order=True)]
    small = series.filter(
        pl.col("school").is_not_null(), pl.col("breakdown").is_null(), pl.col("measure").is_in(SCHOOL_SERIES),
        period="school_year",
    )  # fmt: skip
    starts = small["start"].unique().sort().tail(YEARS)
    parts.append(small.filter(pl.col("start").is_in(starts.implode())))
    years = district.filter(
        pl.col("measure").is_in(SCHOOL_SERIES), pl.col("start").is_in(starts.implode()), period="school_year"
    )
    there = pl.concat(parts).select("measure", "clause", "period", "start", "school")
    parts.append(years.join(there, on=there.columns, how="anti", nulls_equal=True, maintain_order="left"))
    return parts


def _by_clause(figures: pl.DataFrame, policy: Policy) -> list[pl.DataFrame]:
    """Findings of the last three school years, by clause and by section, of the district and each school."""
    series = figures.filter(
        pl.col("breakdown").is_null(), measure="finding_rate", view="series", period="school_year"
    )
    last = series["start"].unique().sort().tail(3)
    years = series.filter(pl.col("start").is_in(last.implode()))
    if years.is_empty() or years["school"].null_count() == years.height:
        return []
    constant = {
        "view": "event", "period": THREE_YEARS, "start": years["start"].min(), "end": years["end"].max(), "largest": 1,
    }  # fmt: skip
    found = []
    section = pl.col("clause").str.split(".").list.first()
    for clause in (pl.col("clause"), section):
        summed = years.group_by(
            clause.alias("clause"), "school", "measure", "table", maintain_order=True
        ).agg(pl.col(NUMBERS).sum())
        filled = summed.with_columns(
            *[pl.lit(value).cast(FIGURES[name]).alias(name) for name, value in constant.items()],
            *[pl.lit(None, dtype=FIGURES[name]).alias(name) for name in ("breakdown", "group")],
        )
        found.append(
            filled.filter(pl.col("denominator") > 0).select(pl.col(n).cast(k) for n, k in FIGURES.items())
        )
    return found
