"""Facts from other rows and tables, joined in as columns before the rules are run.

Each is joined from a table with one row a key, so no join multiplies rows, and no key of another
table stands in a rule or a result. What a fact is stands here once, in Narwhals; in memory it is asked
of those rows alone of which it can be true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.texts import ROW

Frame = Any  # a Narwhals DataFrame or LazyFrame
ITEM = ("audit_id", "audited_on", "school_id", "clause", "limb", "registration_id", "platform", "account")
"""What makes an audited item; an empty cell counts as a value."""
ACCOUNT = ("audit_id", "registration_id", "platform", "account")
"""What makes an audited account."""
PLACE = ("school_id", "clause", "audited_on")
"""What a rule asks of the finding that a row says it repeats."""
OF_FINDINGS = list(dict.fromkeys((*ITEM, "result", "account_registered", "finding_id", "repeat_of")))
"""The columns from which the facts of audit findings are made."""


REGISTERED: dict[str, Any] = {"registration_id__known": pl.Boolean, "registration_id__accepted": pl.Boolean}


@dataclass(frozen=True)
class Register:
    """The registrations that other tables may name.

    Attributes:
        read: every registration_id read, set aside or not.
        accepted: those of accepted rows.
    """

    read: pl.Series
    accepted: pl.Series


def with_facts(frame: pl.DataFrame, table: str, register: Register | None) -> pl.DataFrame:
    """The typed frame with the facts that the rules of its table look at, in memory."""
    frame = with_register(frame, table, register)
    if table == "audit_findings":
        both = [_where_both(frame, name) for name in BOTH]
        frame = repeats(nw.from_native(frame.with_columns(both))).sort(ROW).to_native()
    return frame


def with_register(frame: pl.DataFrame, table: str, register: Register | None) -> pl.DataFrame:
    """The typed frame with the facts that no other row of its own table decides."""
    if "registration_id" in frame.columns and table != "tool_registrations":
        frame = _registered(frame, register)
    return nw.from_native(frame).with_columns(*alone(table)).to_native() if alone(table) else frame


def alone(table: str) -> list[nw.Expr]:
    """Facts of a row by itself."""
    return [(nw.col("month").dt.day() == 1).alias("month__first")] if table == "returns" else []


def _registered(frame: pl.DataFrame, register: Register | None) -> pl.DataFrame:
    """Whether the registration was read, and, if so, accepted; null where that can't be told."""
    name = pl.col("registration_id")
    if register is None:
        unknown = pl.lit(None, dtype=pl.Boolean)
        return frame.with_columns(
            unknown.alias("registration_id__known"), unknown.alias("registration_id__accepted")
        )
    known = pl.when(name.is_not_null()).then(name.is_in(register.read.implode()))
    accepted = pl.when(known).then(name.is_in(register.accepted.implode()))
    return frame.with_columns(
        known.alias("registration_id__known"), accepted.alias("registration_id__accepted")
    )


def registered(frame: Frame, register: Frame | None) -> Frame:
    """The same by a join, on frames of any size.

    Args:
        frame: typed rows with ``registration_id``.
        register: ``registration_id``, one row each, and whether it was ``accepted``.
    """
    if register is None:
        unknown = nw.lit(None).cast(nw.Boolean)
        return frame.with_columns(
            unknown.alias("registration_id__known"), unknown.alias("registration_id__accepted")
        )
    there = register.select("registration_id", nw.col("accepted").alias("registration_id__accepted"))
    joined = frame.join(there, on="registration_id", how="left")
    given = ~nw.col("registration_id").is_null()
    return joined.with_columns(
        nw.when(given).then(~nw.col("registration_id__accepted").is_null()).alias("registration_id__known")
    )


def _found() -> nw.Expr:
    return (nw.col("result") == "finding").fill_null(value=False)


def _said() -> nw.Expr:
    return nw.col("account_registered").cast(nw.Int64)


BOTH = {
    "result__beside_a_finding": (
        ITEM, _found(), (nw.col("result") == "no_finding").fill_null(value=True),
        (nw.col("result") == "no_finding") & (_found().cast(nw.Int64).max().over(*ITEM) > 0),
    ),
    "account_registered__disagrees": (
        ACCOUNT, nw.col("account_registered").fill_null(value=False), (~nw.col("account_registered")).fill_null(value=False),
        ~_said().is_null() & (_said().max().over(*ACCOUNT) > _said().min().over(*ACCOUNT)),
    ),
}  # fmt: skip
"""Fact → the groups that it is asked of; two kinds of rows, both of which such a group must hold; the fact."""


FACTS = [*BOTH, *[f"repeat_of__{fact}" for fact in PLACE], "repeat_of__known"]
"""What the rules of audit findings ask of other rows."""


def beside(frame: Frame) -> Frame:
    """Whether a row disagrees with others of the same item, or of the same account."""
    return frame.with_columns(fact.alias(name) for name, (*_, fact) in BOTH.items())


def _where_both(frame: pl.DataFrame, name: str) -> pl.Series:
    """A fact of groups that can be true only where a group holds rows of both kinds.

    Such groups are few; they are told by hashes, and the fact is asked of them alone.
    """
    by, one, other, fact = BOTH[name]
    groups = frame.select(by).hash_rows()
    kinds = nw.from_native(frame).select(one.alias("one"), other.alias("other")).to_native()
    others = groups.filter(kinds["other"])
    both = others.filter(others.is_in(groups.filter(kinds["one"]).implode()))
    doubtful = groups.is_in(both.implode())
    few = nw.from_native(frame.filter(doubtful)).select(fact.alias("fact")).to_native()["fact"]
    no = pl.repeat(value=False, n=frame.height, eager=True)
    return no.scatter(doubtful.arg_true(), few).alias(name)


def repeats(frame: Frame) -> Frame:
    """School, clause and date of the finding that a row says it repeats: the first that bears its id."""
    named = (
        frame.filter(~nw.col("repeat_of").is_null()).select(nw.col("repeat_of").alias("finding_id")).unique()
    )
    findings = (
        frame.filter(_found()).select(ROW, "finding_id", *PLACE).join(named, on="finding_id", how="semi")
    )
    first = findings.group_by("finding_id").agg(nw.col(ROW).min())
    found = findings.join(first, on=["finding_id", ROW], how="semi").select(
        nw.col("finding_id").alias("repeat_of"),
        *[nw.col(fact).alias(f"repeat_of__{fact}") for fact in PLACE],
        nw.lit(value=True).alias("repeat_of__there"),
    )
    known = nw.when(~nw.col("repeat_of").is_null()).then(nw.col("repeat_of__there").fill_null(value=False))
    joined = frame.join(found, on="repeat_of", how="left").with_columns(known.alias("repeat_of__known"))
    return joined.drop("repeat_of__there")


def of_findings(frame: Frame) -> Frame:
    """``row_number`` and FACTS of those rows alone of which one is not as it mostly is.

    Args:
        frame: ``row_number`` and OF_FINDINGS of all rows of audit findings.
    """
    made = repeats(beside(frame)).select(ROW, *FACTS)
    some = nw.col(FACTS[0]) | nw.col(FACTS[1]) | ~nw.col("repeat_of__known").is_null()
    return made.filter(some.fill_null(value=False))


def with_findings(frame: Frame, found: Frame) -> Frame:
    """Rows of audit findings with FACTS, of which ``of_findings`` gave those that are not as they mostly are."""
    joined = frame.join(found, on=ROW, how="left")
    return joined.with_columns(nw.col(name).fill_null(value=False) for name in FACTS[:2])
