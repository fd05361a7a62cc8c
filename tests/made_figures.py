"""A made-up district for disclosure control: figures counted from rows about people, in plain loops.

21 schools and the audited clauses; schools and clauses are crooked (some big, some tiny), a few people hold
more than half of a cell, some rows name nobody. Two editions: in the second some items came late, one was
changed, and the year to date has grown. ``records`` say who holds what, so that an insider can be played.
"""

import random
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from attacker import Key

from norwalk_analytics.oversight.counting import FIGURES

SCHOOLS = tuple(f"S{number:02}" for number in range(1, 22))
PARTS = ("informed of the tools", "told how children are contacted", "told what behaviour is expected")
CHANNELS = ("sms", "mms", "direct_message", "friend_request", "follow")
YEARS = (date(2022, 7, 1), date(2025, 6, 30))
TO_DATE = (date(2025, 7, 1), (date(2025, 10, 31), date(2025, 11, 30)))
TWELVE = ((date(2024, 11, 1), date(2025, 10, 31)), (date(2024, 12, 1), date(2025, 11, 30)))
GROWING = "C.1"
TABLES = {
    "finding_rate": "audit_findings",
    "parents_informed": "tool_registrations",
    "relatives": "exception_log",
}


@dataclass(frozen=True)
class Made:
    """Two editions of figures, and who stands behind them: person → (key, met) of every record."""

    figures: pl.DataFrame
    later: pl.DataFrame
    records: dict
    later_records: dict


def audited():
    """The audited clauses, from the policy."""
    policy = Path(__file__).parents[1] / "data_schemas" / "policy.toml"
    clauses = tomllib.loads(policy.read_text(encoding="utf-8"))["clauses"]
    return [clause["id"] for clause in clauses if clause["audited"]]


def _people(chance, staff, number, odds=0.06, share=(0.45, 0.8)):
    """Who the items are of: mostly different people, now and then one who dominates, or nobody."""
    order = chance.sample(staff, min(number, len(staff)))
    people = (order + chance.choices(staff, k=number))[:number]
    if number > 3 and chance.random() < odds:
        taken = chance.sample(range(number), int(number * chance.uniform(*share)))
        for place in taken:
            people[place] = order[0]
    return [
        None if chance.random() < 0.02 else chance.choice(order) if chance.random() < 0.08 else person
        for person in people
    ]


def _items(chance, staff):
    """Audited items, each with the edition it first stands in."""
    clauses = audited()
    size = {school: chance.choice((0.08, 0.3, 0.7, 1.0, 1.0, 1.15)) for school in SCHOOLS}
    width = {clause: chance.choice((0.25, 0.6, 0.9, 1.0, 1.0)) for clause in clauses}
    share = {clause: chance.choice((0.02, 0.1, 0.3, 0.5, 0.8)) for clause in clauses}
    items = []
    for school in SCHOOLS:
        for clause in clauses:
            number = int(44 * size[school] * width[clause] * chance.betavariate(4, 1.2))
            bad = min(1.0, max(0.0, share[clause] * chance.uniform(0.2, 1.8)))
            late = chance.randint(1, 8) if chance.random() < 0.012 else 0
            for place, person in enumerate(_people(chance, staff[school], number + late)):
                items.append({
                    "school": school, "clause": clause, "person": person, "met": chance.random() < bad,
                    "limb": chance.choice("abcd") if clause == "P.3" else None,
                    "edition": 0 if place < number else 1, "current": False,
                })  # fmt: skip
        grown = chance.choice((0, 0, 0, 1, 2, 3, 25))
        number = int(35 * size[school] * chance.betavariate(4, 1.2))
        for place, person in enumerate(_people(chance, staff[school], number + grown)):
            items.append({
                "school": school, "clause": GROWING, "person": person, "met": chance.random() < 0.4, "limb": None,
                "edition": 0 if place < number else 1, "current": True,
            })  # fmt: skip
    return items


def _findings(items, edition, changed):
    """(key, person, met) of every figure that an item stands in."""
    for number, item in enumerate(items):
        if item["edition"] > edition:
            continue
        met = item["met"] != (edition == 1 and number == changed)
        window = ("three school years", *YEARS)
        if item["current"]:
            window = ("year to date", TO_DATE[0], TO_DATE[1][edition])
        for school in (item["school"], None):
            at = ("event", school)
            yield Key("finding_rate", item["clause"], *at, None, None, *window), item["person"], met
            if item["current"]:
                continue
            section = item["clause"].split(".")[0]
            yield Key("finding_rate", section, *at, None, None, *window), item["person"], met
            if item["limb"]:
                yield (
                    Key("finding_rate", item["clause"], *at, "limb", item["limb"], *window),
                    item["person"],
                    met,
                )


def _registrations(chance, staff):
    """Registrations, each with its three flags and the edition it first stands in."""
    rows = []
    for school in SCHOOLS:
        number, late = int(75 * chance.betavariate(1.2, 1.6)), chance.choice((0, 0, 1, 2))
        odds = [chance.choice((0.6, 0.85, 0.95, 0.99)) for _ in PARTS]
        for place, person in enumerate(_people(chance, staff[school], number + late, 0.2, (0.52, 0.62))):
            flags = [chance.random() < odd for odd in odds]
            rows.append({"school": school, "person": person, "flags": flags, "edition": int(place >= number)})
    return rows


def _informed(rows, edition):
    """(key, person, met) of every figure that a registration stands in."""
    as_of = TO_DATE[1][edition]
    for row in rows:
        if row["edition"] > edition:
            continue
        for school in (row["school"], None):
            first, last = ("parents_informed", "A.4", "stock", school), ("as_of", as_of, as_of)
            yield Key(*first, None, None, *last), row["person"], all(row["flags"])
            for part, met in zip(PARTS, row["flags"], strict=True):
                yield Key(*first, "part", part, *last), row["person"], met


def _contacts(chance, staff):
    """Contacts with relatives, each with the edition it stands in."""
    everyone = sorted({person for people in staff.values() for person in people})
    weights = [chance.choice((1, 3, 10)) for _ in CHANNELS]
    number = chance.randint(5, 60)
    people = _people(chance, everyone, number)
    return [(chance.choices(CHANNELS, weights)[0], person, chance.choice((0, 1, 2))) for person in people]


def _relatives(rows, edition):
    """(key, person, met) of every figure that a contact stands in; 2 stands in both editions' months."""
    for channel, person, stands in rows:
        if stands in (edition, 2):
            first, last = ("relatives", "C.2a", "event", None), ("12 months", *TWELVE[edition])
            yield Key(*first, None, None, *last), person, True
            yield Key(*first, "channel", channel, *last), person, True


def _counted(records):
    """The long table of figures, and who holds what."""
    held = defaultdict(list)
    by_person = defaultdict(list)
    for key, person, met in records:
        held[key].append((person, met))
        if person is not None:
            by_person[person].append((key, met))
    rows = []
    for key, pairs in held.items():
        named = [(person or f"nobody {number}", met) for number, (person, met) in enumerate(pairs)]
        met, every = sum(met for _, met in named), len(named)
        alone = key.measure == "relatives"
        rows.append(key._asdict() | {
            "table": TABLES[key.measure], "numerator": met, "denominator": None if alone else float(every),
            "people": len({person for person, _ in named}),
            "people_numerator": len({person for person, met in named if met}),
            "people_complement": 0 if alone else len({person for person, met in named if not met}),
            "largest": max(Counter(person for person, _ in named).values()),
        })  # fmt: skip
    rows.sort(key=lambda row: [str(row[name] or "") for name in FIGURES])
    return pl.DataFrame(rows, schema=FIGURES), dict(by_person)


def made_figures(seed):
    """A made-up district; the same seed, the same figures."""
    chance = random.Random(seed)
    staff = {
        school: [f"E{100 * place + number:05}" for number in range(chance.choice((25, 45, 70, 90)))]
        for place, school in enumerate(SCHOOLS, 1)
    }
    items, rows, contacts = _items(chance, staff), _registrations(chance, staff), _contacts(chance, staff)
    first = [number for number, item in enumerate(items) if item["edition"] == 0 and not item["current"]]
    changed = chance.choice(first)
    editions = [
        _counted(
            [*_findings(items, edition, changed), *_informed(rows, edition), *_relatives(contacts, edition)]
        )
        for edition in (0, 1)
    ]
    return Made(editions[0][0], editions[1][0], editions[0][1], editions[1][1])
