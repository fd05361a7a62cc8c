"""The same rules as a pandera schema (Polars engine), validated lazily so that every rule is run.

Each rule is a check of one column, also where it looks at another: a check of a whole frame would write
each failing row out as JSON. The library's own checks where they mean the same; ``nullable=False`` would
also blame a cell that could not be read, and ``unique=True`` empty keys. The failure cases name row and
rule; the split is by their rows, which is faster than a second validation that drops them, and only the
columns that the rules need are handed over, which is faster than all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import polars as pl

from benchmarks import native
from benchmarks.data import AS_OF, setting
from benchmarks.fast import Checked
from benchmarks.native import c
from norwalk_analytics.intake.texts import ROW

LIBRARY = "pandera"
Way = Callable[[pl.DataFrame], Checked]


def schema() -> Any:
    """The schema."""
    os.environ.setdefault("DISABLE_PANDERA_IMPORT_WARNING", "True")
    import pandera.polars as pa

    def keeps(rule: str, expr: pl.Expr) -> Any:
        return pa.Check(lambda data: data.lazyframe.select(expr), name=rule)

    def given(name: str) -> pl.Expr:
        return c(name).is_not_null() | c(f"{name}__unreadable")

    def one_of(name: str, values: list[str]) -> Any:
        return pa.Check.isin(values, error=f"{name}.listed")

    def unlike(name: str, what: str, pattern: str) -> Any:
        return keeps(f"{name}.{what}", ~c(name).str.contains(pattern))

    person, review, capacity = "employee_id", c("suitability_review"), "account_capacity"
    informed = given("parents_informed_on")
    told = ("parents_told_contact_method", "parents_told_conduct_expectations")
    checks: dict[str, list[Any]] = {
        "registration_id": [
            unlike("registration_id", "characters", "[^A-Za-z0-9._/-]"),
            pa.Check.str_length(1, 64, error="registration_id.length"),
            keeps("registration_id.unique",
                  (pl.len().over("registration_id") == 1) | c("registration_id").is_null()),
        ],
        "registered_on": [
            pa.Check.ge(native.ENACTED, error="registered_on.before_enactment"),
            pa.Check.le(AS_OF, error="registered_on.later_than_as_of"),
        ],
        "school_id": [pa.Check.isin(setting().schools, error="school_id.known")],
        person: [
            unlike(person, "looks_like_email", native.EMAIL),
            unlike(person, "looks_like_phone", native.PHONE),
            unlike(person, "looks_like_ssn", native.SSN),
        ],
        "employee_role": [one_of("employee_role", native.ROLES)],
        "setting": [one_of("setting", native.SETTINGS)],
        "platform": [keeps("platform.listed", c("platform__listed"))],
        "account": [unlike("account", "url_scheme", native.URL)],
        capacity: [one_of(capacity, native.CAPACITIES), pa.Check.ne("personal", error=f"{capacity}.personal")],
        "active_from": [],
        "active_to": [keeps("active_to.before_active_from", c("active_to") >= c("active_from"))],
        "disclosed_in": [one_of("disclosed_in", native.DISCLOSED)],
        "suitability_review": [one_of("suitability_review", native.REVIEWS)],
        "suitability_reviewed_on": [
            keeps("suitability_reviewed_on.needed",
                  ~review.is_in(["approved", "rejected"]) | given("suitability_reviewed_on")),
            keeps("suitability_reviewed_on.not_decided",
                  ~review.is_in(["pending", "not_requested"]) | c("suitability_reviewed_on").is_null()),
        ],
        **{name: [keeps(f"{name}.needs_parents_informed_on", ~c(name) | informed)] for name in told},
        "access": [one_of("access", native.ACCESS)],
        "participants": [pa.Check.ge(0, error="participants.at_least")],
    }  # fmt: skip
    for name in native.REQUIRED:
        checks[name].append(keeps(f"{name}.required", given(name)))
    return pa.DataFrameSchema(
        {name: pa.Column(checks=rules, nullable=True) for name, rules in checks.items()}
    )


def check(frame: pl.DataFrame) -> Way:
    """The way, its schema made beforehand."""
    import pandera.errors

    made = schema()
    looked_at = {*made.columns, "parents_informed_on"}
    needed = [name for name in frame.columns if name in looked_at or "__" in name]

    def way(frame: pl.DataFrame) -> Checked:
        try:
            made.validate(frame.select(needed), lazy=True)
            return Checked(frame, frame.clear(), None)
        except pandera.errors.SchemaErrors as errors:
            cases = errors.failure_cases
        rows = cases["index"]
        marks = cases.select(pl.lit(frame[ROW].gather(rows)).alias(ROW), c("check").alias("rule"))
        stays = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True).scatter(rows.unique(), False)
        return Checked(frame.filter(stays), frame.filter(~stays), marks)

    return way
