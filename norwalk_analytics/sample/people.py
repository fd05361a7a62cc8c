"""People in their posts, as pseudonyms."""

import random
from dataclasses import dataclass

from norwalk_analytics.sample.chance import month_of, pick
from norwalk_analytics.sample.code_lists import School
from norwalk_analytics.sample.stories import LAST_DAY

FIRST_MONTH = 2013 * 12 + 6  # July 2013
LAST_MONTH = month_of(LAST_DAY)
POSTS = {"elementary": 55, "middle": 80, "high": 140}
ROLES = {"certified": 64, "non_certified": 22, "extracurricular_advisor": 5, "administrator": 4}
COACHES = {"middle": 5, "high": 7}  # beside the other roles; elementary schools have none
YEARS_IN_POST = {"1": 6, "2": 8, "3": 8, "5": 14, "8": 20, "12": 24, "16": 20}


@dataclass(frozen=True, slots=True)
class Employee:
    """One person in one post: the months are numbered as by `month_of`, both included."""

    employee_id: str
    school: School
    role: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in post in which month.

    Attributes:
        by_role: Role and month to the employees in post.
        by_month: Month to the employees in post.
        staff: School and month to the number of employees in post.
    """

    by_role: dict[tuple[str, int], list[Employee]]
    by_month: dict[int, list[Employee]]
    staff: dict[tuple[str, int], int]

    def someone(self, rng: random.Random, month: int, role: str | None = None) -> Employee:
        """Draws an employee in post in a month, of a role if there is one of it."""
        of_role = self.by_role.get((role, month)) if role else None
        return rng.choice(of_role or self.by_month[month])


def hire(rng: random.Random, schools: list[School]) -> Roster:
    """Fills every post of every school for the whole period, with turnover.

    Args:
        rng: The source of chance.
        schools: The schools.

    Returns:
        The roster. Each employee has one school and one role.
    """
    terms = [term for school in schools for term in _school_terms(rng, school)]
    numbers = list(range(1, len(terms) + 1))
    rng.shuffle(numbers)
    roster = Roster({}, {}, {})
    for number, (school, role, first, last) in zip(numbers, terms, strict=True):
        employee = Employee(f"E-{number:04d}", school, role, first, last)
        for month in range(first, min(last, LAST_MONTH) + 1):
            roster.by_role.setdefault((role, month), []).append(employee)
            roster.by_month.setdefault(month, []).append(employee)
            key = (school.school_id, month)
            roster.staff[key] = roster.staff.get(key, 0) + 1
    return roster


def _school_terms(rng: random.Random, school: School) -> list[tuple[School, str, int, int]]:
    """Lists a school's terms in post: school, role, first and last month."""
    size = POSTS.get(school.level, 80)
    posts = size + rng.randrange(-(size // 12), size // 12 + 1)
    roles = ROLES | {"coach": COACHES.get(school.level, 0)}
    terms = []
    for post in range(posts):
        role = "administrator" if post == 0 else pick(rng, roles)
        opens, closes = _post_life(rng) if post else (FIRST_MONTH, LAST_MONTH)
        terms += [(school, role, *term) for term in _post_terms(rng, opens, closes)]
    return terms


def _post_life(rng: random.Random) -> tuple[int, int]:
    """Draws the first and last month of a post: a few open later, a few end sooner."""
    chance, turn = rng.random(), (2014 + rng.randrange(12)) * 12 + 6
    opens = turn if chance < 0.06 else FIRST_MONTH
    closes = turn - 1 if chance > 0.94 else LAST_MONTH
    return opens, closes


def _post_terms(rng: random.Random, opens: int, closes: int) -> list[tuple[int, int]]:
    """Fills one post with one person after another; most follow at once, in July."""
    terms, first = [], opens
    while first <= closes:
        years = int(pick(rng, YEARS_IN_POST))
        if first == FIRST_MONTH:
            years = rng.randrange(1, years + 1)  # who is in post then has been for a while
        last = first - (first - 6) % 12 + years * 12 - 1
        terms.append((first, last if closes == LAST_MONTH else min(last, closes)))
        first = last + 1 + rng.choice((0, 0, 0, 0, 0, 0, 0, 0, 1, 2))
    return terms
