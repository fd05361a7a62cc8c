"""The same rules as a dataframely schema, and its ``filter``.

Its own column checks where they mean the same (sets, patterns, bounds; null passes), and rules where they
look at another column: ``nullable=False`` would also blame a cell that could not be read, and
``unique=True`` empty keys. ``len().over`` is what is fastest in one expression. Every column of the frame
is in the schema, for ``filter`` leaves out the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from benchmarks import native
from benchmarks.data import AS_OF, setting
from benchmarks.fast import Checked
from benchmarks.native import c
from norwalk_analytics.intake.texts import ROW

LIBRARY = "dataframely"
Way = Callable[[pl.DataFrame], Checked]


def schema(frame: pl.DataFrame) -> Any:
    """The schema of such a frame."""
    import dataframely as dy

    def one_of(values: list[str]) -> dict[str, Callable[[pl.Expr], pl.Expr]]:
        return {"listed": lambda cell: cell.is_in(values)}

    def not_like(**patterns: str) -> dict[str, Callable[[pl.Expr], pl.Expr]]:
        return {f"looks_like_{k}": lambda cell, p=p: ~cell.str.contains(p) for k, p in patterns.items()}

    def rule(keeps: pl.Expr) -> Any:
        return dy.rule()(lambda _: keeps)

    def given(name: str) -> pl.Expr:
        return c(name).is_not_null() | c(f"{name}__unreadable")

    schools, review = setting().schools, c("suitability_review")
    types = {pl.String: dy.String, pl.Date: dy.Date, pl.Boolean: dy.Bool, pl.Int64: dy.Int64}
    columns = {name: types[kind.base_type()](nullable=True) for name, kind in frame.schema.items()}
    columns |= {
        "registration_id": dy.String(
            nullable=True, min_length=1, max_length=64, regex="^[A-Za-z0-9._/-]*$"),
        "school_id": dy.String(nullable=True, check={"known": lambda cell: cell.is_in(schools)}),
        "employee_id": dy.String(
            nullable=True, check=not_like(email=native.EMAIL, phone=native.PHONE, ssn=native.SSN)),
        "employee_role": dy.String(nullable=True, check=one_of(native.ROLES)),
        "setting": dy.String(nullable=True, check=one_of(native.SETTINGS)),
        "account_capacity": dy.String(
            nullable=True, check=one_of(native.CAPACITIES) | {"personal": lambda cell: cell != "personal"}),
        "disclosed_in": dy.String(nullable=True, check=one_of(native.DISCLOSED)),
        "suitability_review": dy.String(nullable=True, check=one_of(native.REVIEWS)),
        "access": dy.String(nullable=True, check=one_of(native.ACCESS)),
        "account": dy.String(nullable=True, check={"url_scheme": lambda cell: ~cell.str.contains(native.URL)}),
        "participants": dy.Int64(nullable=True, min=0),
        "registered_on": dy.Date(nullable=True, check={
            "before_enactment": lambda cell: cell >= native.ENACTED,
            "later_than_as_of": lambda cell: cell <= AS_OF,
        }),
        "platform__listed": dy.Bool(nullable=True, check={"listed": lambda cell: cell}),
    }  # fmt: skip
    key, informed = c("registration_id"), given("parents_informed_on")
    rules = {f"{name}.required": rule(given(name)) for name in native.REQUIRED} | {
        "registration_id.unique": rule((pl.len().over("registration_id") == 1) | key.is_null()),
        "active_to.before_active_from": rule(c("active_to") >= c("active_from")),
        "suitability_reviewed_on.needed": rule(
            ~review.is_in(["approved", "rejected"]) | given("suitability_reviewed_on")),
        "suitability_reviewed_on.not_decided": rule(
            ~review.is_in(["pending", "not_requested"]) | c("suitability_reviewed_on").is_null()),
        "parents_told_contact_method.needs_parents_informed_on": rule(
            ~c("parents_told_contact_method") | informed),
        "parents_told_conduct_expectations.needs_parents_informed_on": rule(
            ~c("parents_told_conduct_expectations") | informed),
    }  # fmt: skip
    return type("Registrations", (dy.Schema,), columns | rules)


NAMES = {
    "registration_id|regex": "registration_id.characters",
    "registration_id|min_length": "registration_id.length",
    "registration_id|max_length": "registration_id.length",
    "participants|min": "participants.at_least",
    "platform__listed|check__listed": "platform.listed",
}


def name(rule: str) -> str:
    """The name that the contract gives a rule of the schema."""
    return NAMES.get(rule, rule.replace("|check__", "."))


def check(frame: pl.DataFrame) -> Way:
    """The way, its schema made beforehand: split, then the rules that each row broke."""
    made = schema(frame)

    def way(frame: pl.DataFrame) -> Checked:
        good, failure = made.filter(frame)
        details = failure.details()
        rules = [rule for rule in details.columns if rule not in frame.columns]
        long = details.unpivot(rules, index=ROW, variable_name="rule").filter(c("value") == "invalid")
        names = {rule: name(rule) for rule in rules}
        marks = long.select(ROW, c("rule").replace_strict(names)).unique()
        return Checked(good, details.select(frame.columns), marks)

    return way


def split(frame: pl.DataFrame) -> Way:
    """The way, its schema made beforehand: ``filter`` and the rows that it leaves out."""
    made = schema(frame)

    def way(frame: pl.DataFrame) -> Checked:
        good, failure = made.filter(frame)
        return Checked(good, failure.invalid(), None)

    return way
