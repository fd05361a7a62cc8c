"""Rate, interval and status of each figure of the scorecard."""

from __future__ import annotations

import polars as pl

from norwalk_analytics.oversight.intervals import poisson, verdict, wilson
from norwalk_analytics.policy import Policy

PER = {"friend_or_follow": 100.0, "individual_messages": 100.0}
"""Measures that are events over an area of opportunity: per so much of it."""
COUNTS_ONLY = ("scope_personal", "rejected_in_use", "relatives", "disclosures", "open_findings")
"""Measures that are a number and have no rate."""


BITS = ("every case in time", "not every case in time")
"""What is said of a target of every case."""


def said_bit() -> pl.Expr:
    """Where that is said though the figure be withheld: of the district, over 12 months, and of nothing broken down."""
    place = (pl.col("period") == "12 months") & pl.col("school").is_null() & pl.col("breakdown").is_null()
    return pl.col("status").is_in(BITS).fill_null(value=False) & place


def with_status(figures: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The long table with ``per``, ``rate``, ``lower``, ``upper`` (in units of the rate) and ``status``.

    A stock is a census: it has no interval. Event rates have Wilson's, per-100 rates Garwood's. Where
    a target asks for every case, the status is "every case in time" or "not every case in time".
    A series has neither interval nor status: its chart speaks.
    """
    rows = []
    for row in figures.iter_rows(named=True):
        n, d, per = row["numerator"], row["denominator"], PER.get(row["measure"], 1.0)
        plain = row["measure"] in COUNTS_ONLY or row["breakdown"] in ("outcome", "channel")
        rate = None if plain or n is None or not d else n * per / d
        lower = upper = status = None
        if row["view"] in ("stock", "event") and row["breakdown"] in (None, "limb") and not plain:
            one = policy.measures[row["measure"]]
            kind = "none" if row["view"] == "stock" else ("poisson" if per > 1 else "wilson")
            if kind != "none" and d:
                found = poisson(n, d, per=per) if kind == "poisson" else wilson(n, d)
                lower, upper = found
            said = verdict(n, d, one.target, better=one.better or "higher", interval=kind, per=per)
            status = "no evidence" if not d else (said or "no target")
            if one.target == 1 and status in ("meets", "does not meet"):
                status = BITS[0] if status == "meets" else BITS[1]
        rows.append((per, rate, lower, upper, status))
    added = {
        "per": pl.Float64,
        "rate": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "status": pl.String,
    }
    return figures.hstack(pl.DataFrame(rows, schema=added, orient="row"))
