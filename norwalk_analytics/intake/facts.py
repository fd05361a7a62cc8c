"""Facts from other rows and tables, joined in as columns before the rules are run.

Each is joined from a table with one row a key, so no join multiplies rows, and no key of another
table stands in a rule or a result.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

ITEM = ("audit_id", "audited_on", "school_id", "clause", "limb", "registration_id", "platform", "account")
"""What makes an audited item; an empty cell counts as a value."""
ACCOUNT = ("audit_id", "registration_id", "platform", "account")
"""What makes an audited account."""


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
    """The typed frame with the facts that the rules of its table look at."""
    if "registration_id" in frame.columns and table != "tool_registrations":
        frame = _registered(frame, register)
    if table == "audit_findings":
        frame = _repeats(_beside(frame))
    if table == "returns":
        frame = frame.with_columns((pl.col("month").dt.day() == 1).alias("month__first"))
    return frame


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


def _beside(frame: pl.DataFrame) -> pl.DataFrame:
    """Whether a row disagrees with others of the same item, or of the same account."""
    found = (pl.col("result") == "finding").fill_null(value=False)
    other = (pl.col("result") == "no_finding").fill_null(value=True)
    beside = (pl.col("result") == "no_finding") & found.any().over(ITEM)
    registered = pl.col("account_registered")
    several = registered.n_unique().over(ACCOUNT) - registered.is_null().any().over(ACCOUNT)
    differs = registered.is_not_null() & (several > 1)
    yes, no = registered.fill_null(value=False), (~registered).fill_null(value=False)
    return frame.with_columns(
        _where_both(frame, ITEM, found, other, beside).alias("result__beside_a_finding"),
        _where_both(frame, ACCOUNT, yes, no, differs).alias("account_registered__disagrees"),
    )


def _where_both(
    frame: pl.DataFrame, by: tuple[str, ...], one: pl.Expr, other: pl.Expr, fact: pl.Expr
) -> pl.Series:
    """A fact of groups that can be true only where a group holds rows of both kinds.

    Such groups are few; they are told by hashes, and the fact is asked of them alone.
    """
    groups = frame.select(by).hash_rows()
    kinds = frame.select(one.alias("one"), other.alias("other"))
    others = groups.filter(kinds["other"])
    both = others.filter(others.is_in(groups.filter(kinds["one"]).implode()))
    doubtful = groups.is_in(both.implode())
    few = frame.filter(doubtful).select(fact.alias("fact"))["fact"]
    return pl.repeat(value=False, n=frame.height, eager=True).scatter(doubtful.arg_true(), few)


def _repeats(frame: pl.DataFrame) -> pl.DataFrame:
    """School, clause and date of the finding that a row says it repeats."""
    facts = ("school_id", "clause", "audited_on")
    named = pl.col("finding_id").is_in(frame["repeat_of"].drop_nulls().implode())
    findings = frame.select("finding_id", "result", *facts).filter((pl.col("result") == "finding") & named)
    found = findings.group_by("finding_id").agg(
        [pl.col(fact).first().alias(f"repeat_of__{fact}") for fact in facts]
    ).with_columns(pl.lit(value=True).alias("there"))  # fmt: skip
    joined = frame.select("repeat_of").join(
        found, left_on="repeat_of", right_on="finding_id", how="left", maintain_order="left"
    )
    known = pl.when(pl.col("repeat_of").is_not_null()).then(pl.col("there").fill_null(value=False))
    return frame.hstack(joined.select(pl.col("^repeat_of__.*$"), known.alias("repeat_of__known")))
