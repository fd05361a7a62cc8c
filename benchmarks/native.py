"""The same rules written by hand in Polars, with what the package may not use: no Narwhals, no contract.

What an expert would know is used: a comparison with null is null and a filter takes null for false, so
nothing is filled; a cell that can't be read is null, so only the rules that say "not null" need to look
whether it was; a key that stands twice is found by grouping and looked for among the few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl

from benchmarks.data import AS_OF, setting
from benchmarks.fast import Checked
from norwalk_analytics.intake.texts import ROW

ENACTED = date(2013, 9, 3)
ROLES = ["certified", "non_certified", "coach", "extracurricular_advisor", "administrator"]
SETTINGS = ["classroom", "athletic_team", "extracurricular", "school", "department"]
CAPACITIES = ["district_sponsored", "professional", "personal"]
DISCLOSED = ["syllabus", "team_rules", "extracurricular_information"]
REVIEWS = ["approved", "rejected", "pending", "not_requested"]
ACCESS = ["approved_participants", "school_community", "public", "unknown"]
EMAIL = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z0-9.-]+"
PHONE = "([(][0-9]{3}[)][ ]?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}|^[+]?1?[2-9][0-9]{2}[2-9][0-9]{6}"
SSN = "[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}"
URL = (
    "^([A-GI-Za-gi-z][A-Za-z0-9+.-]*|[Hh]([A-SU-Za-su-z0-9+.-][A-Za-z0-9+.-]*)?"
    "|[Hh][Tt]([A-SU-Za-su-z0-9+.-][A-Za-z0-9+.-]*)?|[Hh][Tt][Tt]([A-OQ-Za-oq-z0-9+.-][A-Za-z0-9+.-]*)?"
    "|[Hh][Tt][Tt][Pp][A-RT-Za-rt-z0-9+.-][A-Za-z0-9+.-]*|[Hh][Tt][Tt][Pp][Ss][A-Za-z0-9+.-]+):[^ ]"
)
REQUIRED = ("registration_id", "registered_on", "school_id", "employee_id", "employee_role", "setting",
            "platform", "account_capacity", "active_from", "suitability_review", "access")  # fmt: skip
WARNINGS = {
    "registered_on.later_than_as_of", "employee_id.looks_like_email", "employee_id.looks_like_phone",
    "employee_id.looks_like_ssn", "platform.listed", "account_capacity.personal",
}  # fmt: skip

Masks = dict[str, pl.Expr]
c = pl.col


def empty(name: str) -> pl.Expr:
    """Nothing in the cell; what can't be read is not nothing."""
    return c(name).is_null() & ~c(f"{name}__unreadable")


def masks(duplicated: pl.Expr) -> Masks:
    """Rule → true where it is broken; false or null where not."""
    key, person, review = c("registration_id"), c("employee_id"), c("suitability_review")
    reviewed, informed = c("suitability_reviewed_on"), empty("parents_informed_on")
    return {f"{name}.required": empty(name) for name in REQUIRED} | {
        "registration_id.characters": key.str.contains("[^A-Za-z0-9._/-]"),
        "registration_id.length": ~key.str.len_chars().is_between(1, 64),
        "registration_id.unique": duplicated,
        "school_id.known": ~c("school_id").is_in(setting().schools),
        "employee_role.listed": ~c("employee_role").is_in(ROLES),
        "setting.listed": ~c("setting").is_in(SETTINGS),
        "account_capacity.listed": ~c("account_capacity").is_in(CAPACITIES),
        "disclosed_in.listed": ~c("disclosed_in").is_in(DISCLOSED),
        "suitability_review.listed": ~review.is_in(REVIEWS),
        "access.listed": ~c("access").is_in(ACCESS),
        "participants.at_least": c("participants") < 0,
        "registered_on.before_enactment": c("registered_on") < ENACTED,
        "registered_on.later_than_as_of": c("registered_on") > AS_OF,
        "employee_id.looks_like_email": person.str.contains(EMAIL),
        "employee_id.looks_like_phone": person.str.contains(PHONE),
        "employee_id.looks_like_ssn": person.str.contains(SSN),
        "platform.listed": ~c("platform__listed"),
        "account.url_scheme": c("account").str.contains(URL),
        "account_capacity.personal": c("account_capacity") == "personal",
        "active_to.before_active_from": c("active_to") < c("active_from"),
        "suitability_reviewed_on.needed": empty("suitability_reviewed_on") & ((review == "approved") | (review == "rejected")),
        "suitability_reviewed_on.not_decided": reviewed.is_not_null() & ((review == "pending") | (review == "not_requested")),
        "parents_told_contact_method.needs_parents_informed_on": informed & c("parents_told_contact_method"),
        "parents_told_conduct_expectations.needs_parents_informed_on": informed & c("parents_told_conduct_expectations"),
    }  # fmt: skip


def twice() -> pl.Expr:
    """The key stands more than once, in one expression."""
    return (pl.len().over("registration_id") > 1) & c("registration_id").is_not_null()


def grouped(frame: pl.DataFrame) -> pl.Expr:
    """The same, by the keys that a group_by finds more than once."""
    return c("registration_id").is_in(_several(frame.lazy()).implode())


def hashed(frame: pl.DataFrame) -> pl.Expr:
    """The same, counted only among the rows whose key has a hash that a sort of the hashes finds twice."""
    hashes = frame["registration_id"].hash()
    ordered = hashes.sort()
    doubtful = hashes.is_in(ordered.filter(ordered == ordered.shift(1)).implode()).arg_true()
    some = frame["registration_id"].gather(doubtful)
    places = doubtful.filter(some.is_duplicated() & some.is_not_null())
    no = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
    return pl.lit(no.scatter(places, values=True))


def _several(frame: pl.LazyFrame) -> pl.Series:
    found = frame.group_by("registration_id").len().filter(c("len") > 1)
    return found.select(c("registration_id").drop_nulls()).collect().to_series()


def narrow(frame: pl.DataFrame, rules: Masks, critical: Sequence[str]) -> Checked:
    """One lazy select of the masks alone; then the split; then the few broken rows made long."""
    wide = frame.lazy().select(ROW, **rules).collect()
    aside = wide.select(pl.any_horizontal(critical).fill_null(value=False)).to_series()
    bad = wide.filter(pl.any_horizontal(list(rules)))
    return Checked(frame.filter(~aside), frame.filter(aside), _long(bad))


def fused(frame: pl.DataFrame, rules: Masks, critical: Sequence[str]) -> Checked:
    """One lazy query for both parts of the split, the masks beside the data; then as above."""
    query = frame.lazy().with_columns(**rules)
    query = query.with_columns(aside=pl.any_horizontal(critical).fill_null(value=False))
    some = c("aside") | pl.any_horizontal([rule for rule in rules if rule not in critical] or ["aside"])
    stay, bad = pl.collect_all([query.filter(~c("aside")).select(frame.columns), query.filter(some)])
    return Checked(stay, bad.filter("aside").select(frame.columns), _long(bad.select(ROW, *rules)))


def _long(bad: pl.DataFrame) -> pl.DataFrame:
    return bad.unpivot(index=ROW, variable_name="rule").filter("value").drop("value")


Way = Callable[[pl.DataFrame], Checked]
FIND: Mapping[str, Callable[[pl.DataFrame], pl.Expr]] = {
    "keys counted over a window": lambda _: twice(),
    "keys grouped": grouped,
    "hashes sorted": hashed,
}
FINISH = {"masks apart": narrow, "one query": fused}


def ways(warnings: bool = True) -> dict[str, Way]:
    """Every way of writing it by hand, by its name; without warnings, any broken rule sets a row aside."""

    def way(find: Callable[[pl.DataFrame], pl.Expr], finish: Callable[..., Checked]) -> Way:
        def run(frame: pl.DataFrame) -> Checked:
            rules = masks(find(frame))
            critical = [rule for rule in rules if not (warnings and rule in WARNINGS)]
            return finish(frame, rules, critical)

        return run

    return {f"{a}, {b}": way(FIND[a], FINISH[b]) for a in FIND for b in FINISH}
