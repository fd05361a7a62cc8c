"""policy.toml as one value: clauses, settings, limits, targets, events.

A contract folder may hold a policy.toml of its own: it is laid over the shipped one key by key, so
that it need name only what differs. ``[[clauses]]`` and ``[[events]]``, if given, replace the lists.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class UserError(Exception):
    """Something a person can mend: one clear sentence, shown without a traceback."""


@dataclass(frozen=True)
class Clause:
    """One clause of the policy, in the catalogue's order."""

    id: str
    title: str
    asks: str
    carried_by: str = ""
    evidence: tuple[str, ...] = ()
    audited: bool = False
    limbs: tuple[tuple[str, str], ...] = ()
    citation: str = ""
    citation_as_printed: str = ""
    citation_note: str = ""


@dataclass(frozen=True)
class Measure:
    """What is measured of a clause; ``clause`` may also be "audited" (each of them) or "all"."""

    id: str
    clause: str
    name: str
    better: str | None = None
    chart: str | None = None
    target: float | None = None


@dataclass(frozen=True)
class Limit:
    """A limit in hours, where it comes from, and whether it is the toolkit's own."""

    id: str
    hours: int
    own: bool
    citation: str


@dataclass(frozen=True)
class Event:
    """A dated line on the charts of some measures; with ``phase`` the start of a new phase."""

    date: date
    label: str
    measures: tuple[str, ...]
    phase: bool = False


@dataclass(frozen=True)
class Look:
    """How a board's page looks its own: a file beside policy.toml, and a colour of what is no data.

    Whether text can be read on the colour is judged where pages are made (``board.accent``).
    """

    logo: str = ""
    accent: str = "#12436D"

    def __post_init__(self) -> None:
        """Refuse what is no name of a file or no colour."""
        if not isinstance(self.logo, str):
            message = 'logo is not the name of a file (write it as logo = "logo.svg")'
            raise TypeError(message)
        if not isinstance(self.accent, str) or not re.fullmatch("#[0-9A-Fa-f]{6}", self.accent):
            message = 'accent is not a colour of six digits (write it as accent = "#12436D")'
            raise TypeError(message)


@dataclass(frozen=True, repr=False)
class Policy:
    """The policy that is overseen, and every setting.

    Example:
        >>> policy = read_policy()
        >>> policy.enacted, policy.limits["mandated"].hours
        (datetime.date(2013, 9, 3), 12)
    """

    board: str
    name: str
    enacted: date
    time_zone: str
    clauses: tuple[Clause, ...]
    measures: dict[str, Measure]
    limits: dict[str, Limit]
    settings: dict[str, Any]
    disclosure: dict[str, Any]
    sections: dict[str, str]
    events: tuple[Event, ...] = ()
    look: Look = Look()

    def __repr__(self) -> str:
        """One line."""
        return f"<Policy of {self.board}: {len(self.clauses)} clauses, {len(self.measures)} measures>"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which local times and months are read."""
        return ZoneInfo(self.time_zone)

    @property
    def audited(self) -> tuple[str, ...]:
        """Ids of the clauses that are audited, in the catalogue's order."""
        return tuple(clause.id for clause in self.clauses if clause.audited)

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id; KeyError where there is none."""
        return {clause.id: clause for clause in self.clauses}[clause_id]


def shipped_contract() -> Path:
    """The folder of data_schemas, in a checkout or in an installed wheel."""
    return shipped("data_schemas")


def shipped(folder: str) -> Path:
    """A folder that travels with the package: inside a wheel, or beside the package in a checkout."""
    here = Path(__file__).parent
    inside = here / folder
    return inside if inside.is_dir() else here.parent / folder


def today(zone: ZoneInfo) -> date:
    """The only place that reads the clock: the default of as_of."""
    return datetime.now(zone).date()


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict; UserError in one sentence where it is not TOML, or no file that can be opened."""
    try:
        if not path.is_file() and path.exists():
            message = f"{path.name} is no ordinary file."
            raise UserError(message)
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8 text"
        message = f"{path.name} is not a TOML file that can be read: {place}."
        raise UserError(message) from None
    except OSError as error:
        message = f"{path.name} could not be opened: {error.strerror}."
        raise UserError(message) from None


def laid_over(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``over`` laid over ``base`` key by key; lists and plain values replace."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = laid_over(old, value) if both else value  # type: ignore[arg-type]
    return merged


def laid_over_shipped(path: Path | None) -> dict[str, Any]:
    """The values of the shipped policy.toml, with those of another, if there is one, laid over them."""
    base = read_toml(shipped_contract() / "policy.toml")
    return base if path is None else laid_over(base, read_toml(path))


def read_policy(folder: Path | None = None) -> Policy:
    """The shipped policy, with the policy.toml of ``folder`` laid over it.

    Args:
        folder: a contract folder, or None for the shipped policy alone.

    Raises:
        UserError: if a file is not TOML, or a value is missing or of the wrong kind.
    """
    own = None if folder is None else folder / "policy.toml"
    there = own is not None and os.path.lexists(own)
    try:
        return _policy(laid_over_shipped(own if there else None))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        cause = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        message = f"policy.toml can't be used: {cause}."
        raise UserError(message) from None


def _policy(raw: dict[str, Any]) -> Policy:
    head = raw["policy"]
    if type(head["enacted"]) is not date:
        message = "enacted is not a date (write it without quotes, as 2013-09-03)"
        raise TypeError(message)
    try:
        ZoneInfo(head["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        message = "time_zone is not the name of a time zone such as America/New_York"
        raise ValueError(message) from None
    clauses = tuple(
        Clause(**{**c, "evidence": tuple(c.get("evidence", ())),
                  "limbs": tuple(dict(c.get("limbs", {})).items())})
        for c in raw["clauses"]
    )  # fmt: skip
    known = {clause.id for clause in clauses} | {"audited", "all"}
    measures = {key: Measure(id=key, **value) for key, value in raw["measures"].items()}
    return Policy(
        board=str(head["board"]),
        name=str(head["name"]),
        enacted=head["enacted"],
        time_zone=head["time_zone"],
        clauses=clauses,
        measures={key: value for key, value in measures.items() if value.clause in known},
        limits={key: Limit(id=key, **value) for key, value in raw["limits"].items()},
        settings=raw["settings"],
        disclosure=raw["disclosure"],
        sections=raw.get("sections", {}),
        events=tuple(Event(**{**e, "measures": tuple(e["measures"])}) for e in raw.get("events", ())),
        look=_look(raw.get("look", {})),
    )


def _look(given: dict[str, Any]) -> Look:
    unknown = sorted(set(given) - {"logo", "accent"})
    if unknown:
        message = f"[look] knows logo and accent, and no {unknown[0]}"
        raise ValueError(message)
    return Look(**given)
