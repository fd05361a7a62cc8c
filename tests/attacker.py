"""Whoever reads what was published, and reckons: what may each withheld count have been?

Written from the specification of disclosure control alone; it shares no code with the package. The
attacker sees a published frame (the long table of figures without its four columns of people, and rate,
lower, upper, status, withheld), perhaps earlier editions of it, perhaps knows their own records, perhaps
the rule. Every row has two unknowns, its numerator and its complement, whole numbers from 0 up; its
denominator is their sum. Everything published is an equation, and so is every identity:

- the district is the sum of the schools, a section of its clauses, a clause of its limbs, the whole of its
  channels (a row that is not there holds nothing: no items, no row);
- the parts of A.4 share the whole's denominator; who has all three has each (whole <= part), and who lacks
  the whole lacks at least one (complement of the whole <= the complements of all three together);
- a window inside another, of one edition or a later one, holds no more than that one ("event" rows);
- editions: a row whose key, window included, is in ``final`` is one and the same in each of them. Other
  rows of two editions are joined by their windows alone; a revised row's two values are two unknowns.
- an insider's own records are in the count: numerator >= theirs met, complement >= theirs not met;
- who knows the rule: where a table shows a zero of a school, a withheld cell of it whose denominator is
  known to be 20 or more has at least 1 in its numerator, and in its complement.

Lowest and highest by integer programming. Unknowns split into parts that have no equation in common; one
solution found is a witness for every count in it, and a count that its witnesses clear is never solved for.

``broken`` adds the truth, and says what an attacker must not reach. Where the specification is silent,
`# reading:` says what was taken.
"""

import math
import random
from collections import defaultdict
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

KEY = ("measure", "clause", "view", "school", "breakdown", "group", "period", "start", "end")
BUNDLE = ("numerator", "denominator", "rate", "lower", "upper", "status")
PEOPLE = ("people", "people_numerator", "people_complement", "largest")
PARTS = ("numerator", "denominator", "complement")
PEOPLE_NEEDED, COUNT_NEEDED, DOMINANT = 20, 6, 0.5
COUNTS_ONLY = frozenset({
    "scope_personal", "rejected_in_use", "relatives", "disclosures", "friend_or_follow",
    "individual_messages", "open_findings",
})  # fmt: skip
"""Measures without a denominator of the same things (none, or staff): the numerator is all there is."""
DISJOINT = frozenset({"limb", "channel"})
"""Breakdowns whose groups add up to the whole."""
ROUNDS, STALE, NODES = 12, 3, 20_000


class Key(NamedTuple):
    """Which figure: all that names a row."""

    measure: str
    clause: str
    view: str
    school: str | None
    breakdown: str | None
    group: str | None
    period: str
    start: object
    end: object


class Count(NamedTuple):
    """One count of one figure of one edition; 0 is the current one, -1 the one before."""

    key: Key
    part: str
    edition: int = 0


class Need(NamedTuple):
    """What a count must be able to be: this low, this high, so many values."""

    low: float = math.inf
    high: float = -math.inf
    values: int = 1


class Contradiction(Exception):  # noqa: N818
    """What was published, and assumed, can't all be true."""


def key_of(row):
    """A row's key."""
    return Key(*(row[name] for name in KEY))


def said(count):
    """A count in words."""
    key = count.key
    where = [key.measure, key.clause, key.school or "district", key.group, key.period, count.part]
    edition = f"edition {count.edition}" if count.edition else None
    return " / ".join(str(part) for part in (*where, edition) if part)


def has_denominator(key):
    """Whether a figure counts some of all, rather than some."""
    return key.measure not in COUNTS_ONLY and key.view not in ("apart", "flow")


def sensitive(row):
    """Whether a figure is about people, by the specification.

    # reading: limbs and parts are no groups of people, so the district's are always shown.
    """
    by = row["breakdown"] in ("role", "setting", "platform", "channel", "group")
    return row["table"] == "exception_log" or row["school"] is not None or by


def too_few(row):
    """The counts of a true figure for which the primary rule withholds it.

    # reading: a figure with no denominator has no "people behind the denominator": 1 to 5 behind the
    # numerator, or one person with more than half, withhold it. One person with more than half is laid to
    # the denominator (to the numerator where there is none).
    """
    whole = row["numerator"] if row["denominator"] is None else row["denominator"]
    base = "numerator" if row["denominator"] is None else "denominator"
    found = {}
    if whole and row["largest"] > DOMINANT * whole:
        found[base] = None
    if row["denominator"] is not None and 0 < row["people"] < PEOPLE_NEEDED:
        found["denominator"] = PEOPLE_NEEDED
    if 0 < row["people_numerator"] < COUNT_NEEDED:
        found["numerator"] = COUNT_NEEDED
    if row["denominator"] is not None and 0 < row["people_complement"] < COUNT_NEEDED:
        found["complement"] = COUNT_NEEDED
    return found


def value(row, part):
    """A true count."""
    if part == "complement":
        return round(row["denominator"]) - row["numerator"]
    return round(row[part])


def own(records):
    """One person's records, as the insider's: figure → how many met, how many in all."""
    held = defaultdict(lambda: (0, 0))
    for key, met in records:
        held[key] = (held[key][0] + int(met), held[key][1] + 1)
    return dict(held)


class _Component:
    """Unknowns that hang together, and the counts made of them."""

    def __init__(self, rows, low, high, columns):
        self.columns = columns
        self.low, self.high = low, high
        self.rows = rows
        self.matrix = None
        self.seen = 0

    def solve(self, cost, extra=None):
        """The cheapest solution in whole numbers; none if there is none.

        Returns:
            The solution or None, and a bound that no solution's cost is below.
        """
        constraints = (
            [] if self.matrix is None else [LinearConstraint(self.matrix, self.low_rows, self.high_rows)]
        )
        if extra is not None:
            constraints.append(LinearConstraint(extra[0].reshape(1, -1), extra[1], extra[2]))
        bounds = Bounds(self.low, self.high)
        real = milp(cost, constraints=constraints, bounds=bounds)
        if real.status == 0 and np.allclose(real.x, np.round(real.x), rtol=0, atol=1e-7):
            return np.round(real.x), math.ceil(
                real.fun - 1e-6
            )  # the best of all numbers is whole, as it mostly is
        found = milp(
            cost, constraints=constraints, bounds=bounds, integrality=np.ones(len(self.columns)),
            options={"node_limit": NODES, "mip_rel_gap": 0.0},
        )  # fmt: skip
        if found.status == 2:
            return None, math.inf
        if found.x is None:
            return None, -math.inf
        bound = found.mip_dual_bound
        return np.round(found.x), math.floor(found.fun + 0.5) if bound is None else math.ceil(bound - 1e-6)


class Attacker:
    """All that can be reckoned from what was published; see the module."""

    def __init__(self, published, editions=(), insider=None, *, at_least=(), final=()):
        """Set up the equations.

        Args:
            published: the current edition's frame.
            editions: the earlier ones', oldest first.
            insider: own records, key → (met, all); or a list of such, one an edition, the current last.
            at_least: keys of the current edition whose numerator and complement are known to be >= 1.
            final: keys declared final: the same figure in every edition that holds it.
        """
        frames = [*editions, published]
        self.final = frozenset(final)
        self.editions = {
            number - len(frames) + 1: {key_of(row): row for row in frame.to_dicts()}
            for number, frame in enumerate(frames)
        }
        self.names = {}
        self.known = {}
        self.equations = []
        self.lowest = {}
        for edition, rows in self.editions.items():
            for key, row in rows.items():
                self._publish(edition, key, row)
        for edition, rows in self.editions.items():
            self._identities(edition, rows)
        self._windows()
        owns = insider if isinstance(insider, list | tuple) else [{}] * len(editions) + [insider or {}]
        for edition, held in zip(self.editions, owns, strict=True):
            for key, (met, every) in held.items():
                if key in self.editions[edition]:
                    self._at_least(edition, key, "numerator", met)
                    self._at_least(edition, key, "complement", every - met)
        for key in at_least:
            self._at_least(0, key, "numerator", 1)
            self._at_least(0, key, "complement", 1)
        self.counts = [
            Count(key, part, edition)
            for edition, rows in self.editions.items() for key, row in rows.items() if row["withheld"]
            for part in (PARTS if has_denominator(key) else PARTS[:1])
        ]  # fmt: skip
        self._reduce()

    # ---- the system
    def _name(self, edition, key, part):
        """The unknown that a count is: the oldest edition's, if it is final."""
        if key in self.final:
            edition = min(number for number, rows in self.editions.items() if key in rows)
        return edition, key, part

    def _publish(self, edition, key, row):
        for part in ("numerator", "complement"):
            if part == "complement" and not has_denominator(key):
                continue
            name = self._name(edition, key, part)
            self.names.setdefault(name, len(self.names))
            if row["withheld"] or row["numerator"] is None:
                continue
            found = value(row, part)
            if self.known.setdefault(name, found) != found:
                raise Contradiction(f"{said(Count(key, part, edition))}: {self.known[name]} and {found}")

    def _at_least(self, edition, key, part, low):
        if part == "numerator" or has_denominator(key):
            name = self._name(edition, key, part)
            self.lowest[name] = max(self.lowest.get(name, 0), low)

    def _equal(self, left, right):
        """Two sums are one: lists of (edition, key, part)."""
        self._between(left, right, 0, 0)

    def _between(self, left, right, low, high):
        """``low`` <= sum of left - sum of right <= ``high``."""
        terms = defaultdict(int)
        for sign, side in ((1, left), (-1, right)):
            for edition, key, part in side:
                terms[self._name(edition, key, part)] += sign
        self.equations.append((dict(terms), low, high))

    def _identities(self, edition, rows):
        parents = defaultdict(list)
        parts = defaultdict(list)
        for key in rows:
            if key.school is not None:
                parents[key._replace(school=None)].append(key)
            if "." in key.clause:
                parents[key._replace(clause=key.clause.split(".")[0]), "section"].append(key)
            if key.breakdown in DISJOINT:
                parents[key._replace(breakdown=None, group=None), key.breakdown].append(key)
            if key.breakdown == "part":
                parts[key._replace(breakdown=None, group=None)].append(key)
        for parent, children in parents.items():
            whole = parent if isinstance(parent, Key) else parent[0]
            if whole not in rows:
                continue
            for part in PARTS[::2] if has_denominator(whole) else PARTS[:1]:
                self._equal([(edition, whole, part)], [(edition, child, part) for child in children])
        for whole, children in parts.items():
            first = whole if whole in rows else children[0]
            both = [(edition, first, "numerator"), (edition, first, "complement")]
            for child in children:
                self._equal(both, [(edition, child, "numerator"), (edition, child, "complement")])
                if whole in rows:
                    self._between([(edition, child, "numerator")], both[:1], 0, math.inf)
            if whole in rows and len(children) == 3:
                lacking = [(edition, child, "complement") for child in children]
                self._between(lacking, both[1:], 0, math.inf)

    def _windows(self):
        """A window inside another holds no more."""
        same = defaultdict(list)
        for edition, rows in self.editions.items():
            for key in rows:
                if key.view == "event" and key.start is not None and key.end is not None:
                    same[key._replace(period="", start=None, end=None)].append((edition, key))
        for held in same.values():
            for old, inner in held:
                for new, outer in held:
                    inside = outer.start <= inner.start and inner.end <= outer.end
                    if old <= new and inside and (inner.start, inner.end) != (outer.start, outer.end):
                        for part in PARTS[::2] if has_denominator(inner) else PARTS[:1]:
                            self._between([(new, outer, part)], [(old, inner, part)], 0, math.inf)

    def _reduce(self):
        """Put in what is known; split what is left."""
        for name, low in self.lowest.items():
            if name in self.known and self.known[name] < low:
                raise Contradiction(
                    f"{said(Count(name[1], name[2], name[0]))} is less than is known to be in it"
                )
        self.most = 2 * sum(self.known.values()) + 1000
        unknown = [name for name in self.names if name not in self.known]
        place = {name: index for index, name in enumerate(unknown)}
        boss = list(range(len(unknown)))

        def top(index):
            while boss[index] != index:
                boss[index] = boss[boss[index]]
                index = boss[index]
            return index

        reduced = []
        for terms, low, high in self.equations:
            shift = sum(sign * self.known[name] for name, sign in terms.items() if name in self.known)
            left = {place[name]: sign for name, sign in terms.items() if name not in self.known and sign}
            if not left:
                if not low <= shift <= high:
                    name = next(iter(terms))
                    raise Contradiction(
                        f"published figures do not add up: {said(Count(name[1], name[2], name[0]))}"
                    )
                continue
            reduced.append((left, low - shift, high - shift))
            first, *others = left
            for other in others:
                boss[top(other)] = top(first)
        self.expressions = {}
        for count in self.counts:
            used = PARTS[::2] if count.part == "denominator" else (count.part,)
            names = [self._name(count.edition, count.key, part) for part in used]
            free = [place[name] for name in names if name not in self.known]
            constant = sum(self.known[name] for name in names if name in self.known)
            self.expressions[count] = (free, constant)
            if len(free) == 2:
                boss[top(free[0])] = top(free[1])
        members = defaultdict(list)
        for index in range(len(unknown)):
            members[top(index)].append(index)
        low = np.array([self.lowest.get(name, 0) for name in unknown], dtype=float)
        self.where, self.components = {}, []
        for root, columns in members.items():
            local = {column: index for index, column in enumerate(columns)}
            part = _Component([], low[columns], np.full(len(columns), float(self.most)), columns)
            part.local = local
            self.where[root] = part
            self.components.append(part)
        for left, lowest, highest in reduced:
            self.where[top(next(iter(left)))].rows.append((left, lowest, highest))
        for part in self.components:
            if part.rows:
                data, row, column = [], [], []
                for number, (left, _, _) in enumerate(part.rows):
                    for index, sign in left.items():
                        data.append(sign)
                        row.append(number)
                        column.append(part.local[index])
                shape = (len(part.rows), len(part.columns))
                part.matrix = csr_array((np.array(data, dtype=float), (row, column)), shape=shape)
                part.low_rows = np.array([lowest for _, lowest, _ in part.rows], dtype=float)
                part.high_rows = np.array([highest for _, _, highest in part.rows], dtype=float)
        self.values = defaultdict(set)
        held = defaultdict(list)
        self.home = {}
        for count, (free, constant) in self.expressions.items():
            if free:
                self.home[count] = self.where[top(free[0])]
                held[id(self.home[count])].append(count)
            else:
                self.values[count].add(constant)
        self.limits = {}
        for part in self.components:
            part.counts = held[id(part)]
            data, row, column = [], [], []
            for number, count in enumerate(part.counts):
                for index in self.expressions[count][0]:
                    data.append(1.0)
                    row.append(number)
                    column.append(part.local[index])
            part.sums = csr_array((data, (row, column)), shape=(len(part.counts), len(part.columns)))
            part.constants = np.array([self.expressions[count][1] for count in part.counts], dtype=float)
            part.index = {count: number for number, count in enumerate(part.counts)}
        self.unknown = unknown

    # ---- asking it
    def witness(self, part, solution):
        """Remember what a solution says of each count in it."""
        found = part.sums @ solution + part.constants
        for count, number in zip(part.counts, found, strict=True):
            seen = self.values[count]
            if len(seen) < 3 or number < min(seen) or number > max(seen):
                seen.add(int(number))

    def check(self, truth):
        """Take the truth as a first witness; it must satisfy every equation, or the attack itself is wrong.

        Args:
            truth: edition → key → true row.
        """
        for part in self.components:
            names = [self.unknown[column] for column in part.columns]
            if any(key not in truth.get(edition, {}) for edition, key, _ in names):
                continue
            solution = np.array(
                [value(truth[edition][key], side) for edition, key, side in names], dtype=float
            )
            wrong = (solution < part.low).any()
            if part.matrix is not None:
                sums = part.matrix @ solution
                wrong = wrong or ((sums < part.low_rows) | (sums > part.high_rows)).any()
            if wrong:
                raise Contradiction(
                    f"the attack denies the truth near {said(Count(names[0][1], names[0][2]))}"
                )
            self.witness(part, solution)

    def meets(self, count, need):
        """Whether the witnesses show that a count can be all it must."""
        seen = self.values[count]
        return bool(seen) and min(seen) <= need.low and max(seen) >= need.high and len(seen) >= need.values

    def _limit(self, count, sign):
        """The lowest (sign 1) or highest (sign -1) that a count can be."""
        if (count, sign) not in self.limits:
            free, constant = self.expressions[count]
            if not free:
                return constant
            part = self.home[count]
            cost = np.zeros(len(part.columns))
            for index in free:
                cost[part.local[index]] = sign
            solution, bound = part.solve(cost)
            if solution is None and bound == math.inf:
                raise Contradiction(f"no solution at all for {said(count)}")
            if solution is not None:
                self.witness(part, solution)
            limit = sign * bound + constant
            self.limits[count, sign] = math.inf if limit >= self.most else limit
        return self.limits[count, sign]

    def _between_limits(self, count):
        """Look for a third value, between the lowest and the highest."""
        low, high = self._limit(count, 1), self._limit(count, -1)
        free, constant = self.expressions[count]
        if high - low < 2 or not free or len(self.values[count]) > 2:
            return
        part = self.home[count]
        line = np.zeros(len(part.columns))
        for index in free:
            line[part.local[index]] = 1
        highest = self.most if high == math.inf else high - 1 - constant
        solution, _ = part.solve(np.zeros(len(part.columns)), (line, low + 1 - constant, highest))
        if solution is not None:
            self.witness(part, solution)

    def ask(self, needs):
        """Which counts can't be all they must.

        Args:
            needs: count → need.

        Returns:
            The counts that can't, each with its lowest, highest and the number of values seen.
        """
        chance = random.Random(len(needs))
        waiting = defaultdict(list)
        for count in needs:
            if self.expressions[count][0]:
                waiting[id(self.home[count])].append(count)
        for part in self.components:
            stale = 0
            for _ in range(ROUNDS):
                left = [count for count in waiting[id(part)] if not self.meets(count, needs[count])]
                if len(left) < 3 or stale >= STALE:
                    break
                cost = np.zeros(len(part.columns))
                for count in left:
                    seen, need = self.values[count], needs[count]
                    lower = not seen or min(seen) > need.low
                    higher = not seen or max(seen) < need.high
                    sign = chance.choice((1, -1)) if lower == higher else 1 if lower else -1
                    weight = chance.choice((0, 1, 1, 2))
                    for index in self.expressions[count][0]:
                        cost[part.local[index]] += sign * weight
                solution, bound = part.solve(cost)
                if solution is None and bound == math.inf:
                    raise Contradiction(f"no solution at all for {said(left[0])}")
                if solution is not None:
                    self.witness(part, solution)
                now = sum(not self.meets(count, needs[count]) for count in left)
                stale = stale + 1 if now > 0.9 * len(left) else 0
        failing = {}
        for count, need in needs.items():
            seen = self.values[count]
            for sign, short in (
                (1, not seen or min(seen) > need.low),
                (-1, not seen or max(seen) < need.high),
            ):
                if short and not self.meets(count, need):
                    self._limit(count, sign)
            if not self.meets(count, need) and len(seen) < need.values:
                self._limit(count, 1)
                if len(seen) < need.values:
                    self._limit(count, -1)
                if 2 == len(seen) < need.values:
                    self._between_limits(count)
            if not self.meets(count, need):
                failing[count] = (*self.bounds(count), len(seen))
        return failing

    def bounds(self, count):
        """The lowest and the highest that a count can be."""
        return self._limit(count, 1), self._limit(count, -1)


def zeros_shown(published):
    """The tables (measure, view, breakdown, period) in which a school's zero is shown, of either side."""
    return {
        (row["measure"], row["view"], row["breakdown"], row["period"])
        for row in published.to_dicts()
        if not row["withheld"] and row["school"] is not None and row["denominator"]
        and (row["numerator"] == 0 or row["numerator"] == row["denominator"])
    }  # fmt: skip


def ruled(published, editions=(), insider=None, *, final=(), only=None):
    """The withheld rows that whoever knows the rule knows to have at least 1 on both sides.

    Args:
        published: the current edition; with ``editions``, ``insider`` and ``final`` as of ``Attacker``.
        editions: the earlier ones.
        insider: own records.
        final: keys declared final.
        only: the keys for which the inference holds in truth (a denominator of 20 records may be of fewer
            people, and then it need not); all by default.
    """
    zeros = zeros_shown(published)
    attacker = Attacker(published, editions, insider, final=final)
    asked = {
        count: Need(low=PEOPLE_NEEDED - 1) for count in attacker.counts
        if count.edition == 0 and count.part == "denominator" and (only is None or count.key in only)
        and (count.key.measure, count.key.view, count.key.breakdown, count.key.period) in zeros
    }  # fmt: skip
    return frozenset(count.key for count in attacker.ask(asked))


def attack(published, editions=(), insider=None, *, knows_rule=False, final=(), enough=None):
    """The lowest and highest that each withheld count may be.

    Args:
        published: the current edition's frame.
        editions: the earlier ones, oldest first.
        insider: own records, key → (met, all); or a list of such, one an edition, the current last.
        knows_rule: whether the attacker reasons from the rule too; or the keys for which they may.
        final: keys declared final between the editions.
        enough: leave off a count once so many values are proven, and give the span of those; exact if None.

    Returns:
        Each count (key, part, edition) of a withheld row → lowest, highest (infinite if nothing bounds it).

    Raises:
        Contradiction: if the published figures can't all be true.
    """
    known = ()
    if knows_rule is not False:
        only = None if knows_rule is True else knows_rule
        known = ruled(published, editions, insider, final=final, only=only)
    attacker = Attacker(published, editions, insider, at_least=known, final=final)
    if enough is None:
        return {count: attacker.bounds(count) for count in attacker.counts}
    found = attacker.ask({count: Need(values=enough) for count in attacker.counts})
    return {
        count: found[count][:2]
        if count in found
        else (min(attacker.values[count]), max(attacker.values[count]))
        for count in attacker.counts
    }


def blank(published, hide):
    """A published frame with the rows of ``hide`` withheld too."""
    rows = [
        row | dict.fromkeys(BUNDLE) | {"withheld": True} if key_of(row) in hide else row
        for row in published.to_dicts()
    ]
    return pl.DataFrame(rows, schema=published.schema)


def publish(figures, hide):
    """What a frame of figures looks like once published, with the rows of ``hide`` withheld."""
    empty = {"rate": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "status": pl.String}
    shown = figures.drop(PEOPLE).with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in empty.items()
    )
    shown = shown.with_columns(rate=pl.col("numerator") / pl.col("denominator"), withheld=pl.lit(False))
    return blank(shown, hide)


def unchanged(figures, truths):
    """The keys whose figure is the same in every edition that holds it, of those that more than one holds."""
    seen, changed, twice = {}, set(), set()
    for frame in (*truths, figures):
        for row in frame.to_dicts():
            key, now = key_of(row), (row["numerator"], row["denominator"])
            if key in seen:
                twice.add(key)
                if seen[key] != now:
                    changed.add(key)
            seen[key] = now
    return frozenset(twice - changed)


def differences(published, editions):
    """Differences between editions that are themselves too small to show.

    # reading: a difference is between two shown figures of people that differ in their value and start on
    # the same day (one revised, or one whose window grew). Who stands behind it the frames do not say, so
    # records are counted: withheld if 1 to 5 more or fewer in the numerator or complement, or 1 to 19 in
    # the denominator. Stocks of two days have no flow in common, and are left out.
    """
    failures = []
    current = [
        row for row in published.to_dicts() if row["start"] is not None and row["view"] in ("event", "series")
    ]
    for frame in editions:
        before = defaultdict(list)
        for row in frame.to_dicts():
            before[key_of(row)._replace(end=None)].append(row)
        for row in current:
            for old in before[key_of(row)._replace(end=None)]:
                if row["withheld"] or old["withheld"] or not sensitive(row) or old["end"] > row["end"]:
                    continue
                parts = PARTS if row["denominator"] is not None else PARTS[:1]
                for part in parts:
                    least = PEOPLE_NEEDED if part == "denominator" else COUNT_NEEDED
                    by = abs(value(row, part) - value(old, part))
                    if 0 < by < least:
                        failures.append(
                            f"difference: {said(Count(key_of(row), part))}: by {by} from one edition to the next"
                        )
    return failures


def misshown(published, figures):
    """What is shown that must not be, or not as it is; and the frame with its missing rows as withheld."""
    failures = []
    truth = {key_of(row): row for row in figures.to_dicts()}
    rows = {}
    for row in published.to_dicts():
        key = key_of(row)
        if key not in truth or key in rows:
            failures.append(f"shown: {said(Count(key, 'row'))}: no such figure")
            continue
        rows[key] = row
        real = truth[key]
        if row["withheld"]:
            failures += [
                f"shown: {said(Count(key, part))}: stands in a withheld row"
                for part in BUNDLE
                if row[part] is not None
            ]
            continue
        failures += [
            f"shown: {said(Count(key, part))}: {row[part]}, in truth {real[part]}"
            for part in ("numerator", "denominator") if row[part] != real[part]
        ]  # fmt: skip
        if sensitive(real):
            failures += [f"shown: {said(Count(key, part))}: too few people" for part in too_few(real)]
    missing = set(truth) - set(rows)
    empty = dict.fromkeys(published.columns)
    full = [rows.get(key_of(row), empty | row) for row in publish(figures, missing).to_dicts()]
    full = [{name: row[name] for name in published.columns} for row in full]
    return failures, pl.DataFrame(full, schema=published.schema)


def _needs(attacker, truths, owns, left_out, *, knows_rule):
    """What every withheld count must be able to be.

    # reading: of a figure withheld by the primary rule, the counts for which it is withheld must be able to
    # take three values, and, for who does not know the rule, be <= 1 and >= the threshold (a denominator
    # 20, others 6; of a figure withheld because one person holds more than half, three values alone).
    # Every other count of a withheld bundle, primary or not, must be able to take two. An insider's <= 1 is
    # what is left without their own records, their >= the threshold the whole.
    # A denominator that stands beside it, shown with another part of the same whole, is no secret. A row that
    # was left out (its table stands one level up) is asked for only if the primary rule withholds it.
    """
    needs = {}
    told = {
        (edition, key._replace(breakdown=None, group=None))
        for edition, rows in attacker.editions.items() for key, row in rows.items()
        if key.breakdown in (None, "part") and not row["withheld"]
    }  # fmt: skip
    for count in attacker.counts:
        truth = truths.get(count.edition)
        if truth is None:
            continue
        key, row = count.key, truth[count.key]
        beside = (count.edition, key._replace(breakdown=None, group=None))
        if count.part == "denominator" and key.breakdown in (None, "part") and beside in told:
            continue
        found = too_few(row) if sensitive(row) else {}
        if not found and (count.edition, key) in left_out:
            continue
        if count.part not in found:
            needs[count] = Need(values=2)
        elif knows_rule or found[count.part] is None:
            needs[count] = Need(values=3)
        else:
            met, every = owns.get(count.edition, {}).get(key, (0, 0))
            mine = {"numerator": met, "denominator": every, "complement": every - met}[count.part]
            needs[count] = Need(low=1 + mine, high=found[count.part], values=3)
    return needs


def broken(published, figures, *, editions=(), truths=(), insider=None, knows_rule=False, final=None):
    """How an attacker breaks what was published, by the specification's criteria; none is a pass.

    # reading: nothing is asked that the table does not allow at most: every count is also bounded with all
    # that is about people withheld in the current edition (what is always shown, and what earlier editions
    # showed, stay), and must be as free as there, or as asked, whichever is less. A row that was left out is
    # attacked as a withheld one: it hides nothing that the attacker could not guess.

    Args:
        published: the current edition's frame.
        figures: its true figures.
        editions: the earlier editions' frames, oldest first.
        truths: their true figures, in the same order; what they withheld must still be safe.
        insider: own records, key → (met, all); or a list of such, one an edition, the current last.
        knows_rule: whether the attacker reasons from the rule too, wherever it holds in truth.
        final: keys declared final; by default those that are the same in all editions.

    Returns:
        Sentences, each of one failure.
    """
    failures, full = misshown(published, figures)
    failures += differences(published, editions)
    frames = list(editions)
    for number, real in enumerate(truths):
        frames[number] = misshown(frames[number], real)[1]
    numbers = range(-len(frames), 0)
    left_out = set()
    for number, (part, whole) in enumerate(zip((*editions, published), (*frames, full), strict=True)):
        there = set(map(key_of, part.to_dicts()))
        left_out |= {(number - len(frames), key) for key in map(key_of, whole.to_dicts()) if key not in there}
    known = {0: {key_of(row): row for row in figures.to_dicts()}}
    known |= {
        edition: {key_of(row): row for row in real.to_dicts()}
        for edition, real in zip(numbers, truths, strict=False)
    }
    if final is None:
        final = unchanged(figures, truths) if truths else frozenset()
    owns = {0: insider or {}}
    if isinstance(insider, list | tuple):
        owns = dict(zip((*numbers, 0), insider, strict=True))
    sure = ()
    if knows_rule:
        holds = {
            key for key, row in known[0].items()
            if row["denominator"] and 0 < row["numerator"] < row["denominator"]
        }  # fmt: skip
        sure = ruled(full, frames, insider, final=final, only=holds)
    attacker = Attacker(full, frames, insider, at_least=sure, final=final)
    attacker.check(known)
    needs = _needs(attacker, known, owns, left_out, knows_rule=knows_rule)
    failing = attacker.ask(needs)
    if not failing:
        return failures
    every = {key for key, row in known[0].items() if sensitive(row)}
    freest = Attacker(blank(full, every), frames, insider, final=final)
    freest.check(known)
    for count, (low, high, values) in failing.items():
        need = needs[count]
        best = (values, low, high)
        if count in freest.expressions:
            short = freest.ask({count: need}).get(count)
            best = (need.values, need.low, need.high) if short is None else (short[2], short[0], short[1])
        wrong = []
        if values < min(need.values, best[0]):
            wrong.append("recovered" if values < 2 else f"only {values} values")
        if low > max(need.low, best[1]):
            wrong.append(f"can't be {need.low:g} or less")
        if high < min(need.high, best[2]):
            wrong.append(f"can't be {need.high:g} or more")
        if wrong:
            real = value(known[count.edition][count.key], count.part)
            failures.append(
                f"attack: {said(count)}: {low:g} to {high:g}, in truth {real}: {'; '.join(wrong)}"
            )
    return failures
