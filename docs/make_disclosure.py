"""Write ``disclosure.md``: ``python docs/make_disclosure.py`` (from the checkout). Every figure comes from a run."""

from __future__ import annotations

import random
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from norwalk_analytics import District, figures, load_district, reported, suppress, write_sample  # noqa: E402
from norwalk_analytics.board.scorecard import charts  # noqa: E402
from norwalk_analytics.oversight.audit import audit, ranges  # noqa: E402
from norwalk_analytics.oversight.counting import FIGURES  # noqa: E402
from norwalk_analytics.oversight.disclosure import BUNDLE, PRIVATE, WHY  # noqa: E402
from norwalk_analytics.oversight.plain_tables import protect_table  # noqa: E402
from norwalk_analytics.oversight.status import with_status  # noqa: E402
from norwalk_analytics.policy import Policy, read_policy  # noqa: E402

PAGE = DOCS / "disclosure.md"
DAY = date(2026, 6, 30)
TABLES = 60  # made-up tables on which the greedy search is held against the exact one

INTRO = """# What may be published, and why nothing leaks

A table of schools by clause with a 1 in it names a person to everyone in that school. So a figure is withheld where
few people stand behind it (the *primary rule*), and so many others besides that it can't be worked out from totals,
rates, charts or an earlier edition (the *secondary* step). An *audit*, which shares no code with the search, then tries to work
out each withheld figure with integer programmes; what it can is not published. This page is written by
`python docs/make_disclosure.py`; every figure in it comes from a run.

```python
from norwalk_analytics import figures, load_district, reported, suppress, write_sample

district = load_district(write_sample("demo"))
every = figures(district, by=["district", "school", "role"])
published = suppress(reported(every, district.policy), district.policy)  # what may leave the house
published.explain()  # for analysts: what is withheld and why, never the value
published.ledger()  # to be kept: the next edition's suppress(..., previous=...)
```

On the command line, `norwalk-analytics report DATA --ledger this.csv` writes the ledger, which is private, and `--previous last.csv` reads
the last one; `--figures` writes what is published, `--internal` makes the superintendent's edition, in which nothing is withheld and every page is watermarked.

## The settings

| setting | default | what it does |
|---|---|---|
{settings}

They stand in `policy.toml` under `[disclosure]`, for one table under `[disclosure.tables.exception_log]`. The counts follow
Connecticut's published education data, as republished: withheld where a numerator is below 6 or a denominator below 20.
The share of one person is the toolkit's own, as is the rule that an attacker who knows the rule and any one person's
own records is still left with three values. 0 % and 100 % of a group of 20 and more are shown.

A figure is a bundle: numerator, denominator, rate, interval and status are shown together or withheld together, under one
mark. Neither its count nor what remains of it (all but 2 of 40; all of 12) can be worked out, where anything can hide it. District-wide figures of registrations and of audited items describe tools and items, not people, and are always shown.
Of a target of every case one bit is said: whether every case was in time, in the district, over 12 months.

## Six ways in which blanking cells leaks

In each table the first column is the count, the second what naive blanking shows (the primary rule alone), the third what can be
worked out of that, the fourth what `suppress` shows, and the last what can be worked out of it.
"""
SEARCH = """## The search, and how far from the least it can be

What is withheld besides is the fewest figures, and among as many the smallest: an integer programme chooses, attackers as
linear programmes add a cut for each figure that they work out (Fischetti and Salazar 2001), until none succeeds in whole
numbers either. Totals cost ten times a cell. A shown zero can't serve; where nothing else protects a table, its zeros and its
100 % are withheld too, then those of tables beside it that give it away, and where that does not help, the table is left out, its counts protected all the same, and the report says so. The search
ends by counting nodes and rounds, never by the clock, on one thread, so the same figures give the same pattern.

A part of the figures that hangs together and has more than {most} rows is covered greedily instead: the attackers' cuts are
satisfied by the cheapest rows for what they do, and what is not needed after all is shown again. Held against the
optimum on {tables} made-up tables of 8 × 6 with totals and {cells} cells to protect in all, greedy withheld {ratio} the least sum of
counts on average and {worst} at worst; {same} of them were the optimum.
"""


def row(numerator: int, denominator: int | None, **more: Any) -> dict[str, Any]:
    """A figure of which each record is another person's."""
    rest = 0 if denominator is None else denominator - numerator
    own = {
        "measure": "access_kept", "clause": "B.4", "table": "tool_registrations", "view": "stock", "period": "as_of",
        "start": DAY, "end": DAY, "numerator": numerator, "denominator": None if denominator is None else float(denominator),
        "people": denominator if denominator is not None else numerator, "people_numerator": numerator, "people_complement": rest, "largest": 1,
    }  # fmt: skip
    return dict.fromkeys(FIGURES) | own | more


def examples() -> list[tuple[str, str, list[str], pl.DataFrame, pl.DataFrame | None]]:
    """Title, words, names of the rows, figures, and the edition before."""
    audits = {"table": "audit_findings", "clause": "all"}
    parts = ("informed of the tools", "told how children are contacted", "told what behaviour is expected")
    of = {"measure": "parents_informed", "clause": "A.4", "school": "Roton"}
    times = {
        "table": "exception_log",
        "view": "event",
        "measure": "reported_in_time",
        "clause": "B.5",
        "start": date(2025, 7, 1),
    }
    return [
        ("A total gives the cell", "The district's total less the schools that are shown is the school that is not.",
         ["Roton", "Marvin", "Tracey", "District"],
         _table(row(30, 33, school="Roton"), row(28, 40, school="Marvin"), row(20, 31, school="Tracey"), row(78, 104)), None),
        ("What remains gives it", "Open findings have a date promised or have none: the one and the whole give the other.",
         ["Past its date, of those with one", "Open", "Open without a date"],
         _table(row(8, 12, school="Roton", measure="overdue", **audits), row(20, 20, school="Roton", measure="open_findings", **audits),
                row(8, None, school="Roton", measure="overdue", view="apart", breakdown="apart", group="no date promised",
                    period="all", start=None, **audits)), None),
        ("A part stands for the whole", "Who lacks one of three lacks at least one: two parts that leave little room leave the whole no less than what they share.",
         ["All three", *parts],
         _table(row(5, 40, **of), *[row(n, 40, breakdown="part", group=name, **of) for n, name in zip((33, 22, 23), parts, strict=True)]), None),
        ("A section of the policy less its other clauses", "Clauses add up to their section, schools to the district: each school is a line of both.",
         ["Roton, B.1", "Roton, B.2", "Roton, B", "Marvin, B.1", "Marvin, B.2", "Marvin, B"],
         _table(*[row(n, d, school=school, clause=clause, measure="finding_rate", table="audit_findings", view="event",
                      period="three school years", start=date(2023, 7, 1))
                  for school, cells in (("Roton", ((3, 30), (9, 31), (12, 61))), ("Marvin", ((8, 33), (10, 35), (18, 68))))
                  for clause, (n, d) in zip(("B.1", "B.2", "B"), cells, strict=True)]), None),
        ("Last month's edition less this one's", "The school year to date grew by three reports, all of them in time; both editions give them away.",
         ["School year to date, now"], _table(row(43, 63, period="year to date", end=DAY, **times)),
         suppress(_table(row(40, 60, period="year to date", end=date(2026, 3, 31), **times)), read_policy()).ledger()),
        ("Two that are withheld for their own sake", "The sum of the two is known, and a zero would have been shown: so each of them is 1.",
         ["Roton", "Marvin", "Tracey", "Fox Run", "District"],
         _table(row(1, 40, school="Roton"), row(1, 37, school="Marvin"), row(20, 41, school="Tracey"), row(25, 44, school="Fox Run"), row(47, 162)), None),
    ]  # fmt: skip


def _table(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FIGURES)


def naive(frame: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """What blanking by the primary rule alone shows."""
    from norwalk_analytics.oversight.primary import primary

    judged = with_status(frame.with_columns(withheld=primary(frame, policy.disclosure)["withheld"]), policy)
    blank = [pl.when(~pl.col("withheld")).then(name).alias(name) for name in BUNDLE]
    return judged.with_columns(blank).drop(PRIVATE)


def _cells(
    frame: pl.DataFrame, shown: pl.DataFrame, policy: Policy, previous: pl.DataFrame | None
) -> list[tuple[str, str]]:
    """What is shown of each row, and what can be worked out of it."""
    found = {at: (low, high) for at, low, high in ranges(frame, shown, policy, previous).iter_rows()}
    name = ["measure", "clause", "school", "breakdown", "group", "period", "start"]
    keys = {one: at for at, one in enumerate(frame.select(name).rows())}
    told = {
        keys[one[:7]]: one[7:] for one in shown.select(*name, "numerator", "denominator", "withheld").rows()
    }
    cells = []
    for at in range(frame.height):
        if at not in told:
            cells.append(("left out", ""))
            continue
        n, d, held = told[at]
        low, high = found.get(at, (n, n))
        known = (
            ""
            if not held
            else (f"{low}" if low == high else f"{low} to {'any number' if high > 1000 else high}")
        )
        cells.append(("withheld" if held else (f"{n} of {round(d)}" if d is not None else f"{n}"), known))
    return cells


def leak(
    number: int, example: tuple[str, str, list[str], pl.DataFrame, pl.DataFrame | None], policy: Policy
) -> str:
    """One example, as Markdown."""
    title, words, names, frame, previous = example
    blanked = naive(frame, policy)
    leaks = audit(frame, blanked, policy, previous)
    assert leaks.height, title  # each must leak when it is blanked naively
    ours = suppress(frame, policy, previous)
    lines = [
        f"### {number}. {title}",
        "",
        words,
        "",
        "| | count | blanked | known of it | `suppress` | known of it |",
        "|---|---|---|---|---|---|",
    ]
    rows = zip(
        names,
        frame.iter_rows(named=True),
        _cells(frame, blanked, policy, previous),
        _cells(frame, ours.frame, policy, previous),
        strict=True,
    )
    for name, one, before, after in rows:
        count = f"{one['numerator']}" + (
            "" if one["denominator"] is None else f" of {round(one['denominator'])}"
        )
        lines.append(f"| {name} | {count} | {' | '.join(before)} | {' | '.join(after)} |")
    if previous is not None:
        old = previous.row(0, named=True)
        lines.append(
            f"| School year to date, before | {old['numerator']} of {round(old['denominator'])} | shown | | shown | |"
        )
    reason = "; ".join(dict.fromkeys(ours.explain()["why"]))
    lines += ["", f"Withheld since {reason}." if reason else ""]
    return "\n".join(lines)


def gap() -> dict[str, Any]:
    """Greedy against the optimum, on made-up tables."""
    some, ratios, cells = random.Random(7), [], 0
    for _ in range(TABLES):
        counts = [
            [some.choice([some.randint(1, 9), some.randint(6, 60)]) for _ in range(6)] for _ in range(8)
        ]
        rows = [(f"r{i}", f"c{j}", n) for i, line in enumerate(counts) for j, n in enumerate(line)]
        rows += [(f"r{i}", "total", sum(line)) for i, line in enumerate(counts)]
        rows += [("total", f"c{j}", sum(line[j] for line in counts)) for j in range(6)]
        rows.append(("total", "total", sum(map(sum, counts))))
        table = pl.DataFrame(rows, schema=["row", "col", "n"], orient="row")
        small = {(r, c): (n - 1, 6 - n) for r, c, n in rows if n < 6 and "total" not in (r, c)}
        cells += len(small)
        sums = [
            protect_table(table, value="n", by=["row", "col"], levels=small, most=most)
            .filter("withheld")["n"]
            .sum()
            for most in (0, 700)
        ]
        ratios.append(sums[0] / sums[1])
    return {"tables": TABLES, "cells": cells, "ratio": f"{sum(ratios) / len(ratios):.2f} times", "worst": f"{max(ratios):.2f} times",
            "same": sum(one < 1 + 1e-9 for one in ratios)}  # fmt: skip


def withheld(district: District) -> str:
    """What is withheld of the sample district's report."""
    policy = district.policy
    rows = reported(figures(district, by=["district", "school", "role", "setting", "channel"]), policy)
    made = suppress(rows, policy)
    why = made.reasons["why"].drop_nulls()
    lines = [
        "## What is withheld of the sample district", "",
        f"Of {made.frame.height:,} figures {why.len()} are withheld: {why.len() - (why == 'other').sum()} by the primary rule and "
        f"{(why == 'other').sum()} so that others can't be worked out, which is the least that can be.", "",
        "| why | figures |", "|---|---|",
    ]  # fmt: skip
    lines += [f"| {WHY[reason]} | {count} |" for reason, count in sorted(why.value_counts().rows())]
    lines += ["", "| chart | period | points | withheld |", "|---|---|---|---|"]
    for (name, clause), chart in charts(made).items():
        if chart.limits is not None and chart.limits["withheld"].any():
            held = int(chart.limits["withheld"].sum())
            lines.append(
                f"| {policy.measures[name].name} ({clause}) | {str(chart.period).replace('_', ' ')} | {chart.limits.height} | {held} |"
            )
    lines.append("\nThe other charts show every point.")
    return "\n".join(lines)


def page(district: District) -> str:
    """The page."""
    policy = read_policy()
    own = policy.disclosure
    settings = "\n".join([
        f"| `people` | {own['people']} | fewer different people behind a denominator: withheld |",
        f"| `count` | {own['count']} | 1 to {own['count'] - 1} people behind a numerator, or behind what remains: withheld |",
        f"| `dominance` | {own['dominance']} | one person holds more than this share of the records: withheld |",
        f"| `zero_may_be_shown` | {str(own['zero_may_be_shown']).lower()} | whether a numerator of 0 may be shown |",
    ])  # fmt: skip
    from norwalk_analytics.oversight.secondary import MOST

    parts = [INTRO.replace("{settings}", settings)]
    parts += [leak(number, one, policy) for number, one in enumerate(examples(), 1)]
    parts.append(SEARCH.format(most=MOST, **gap()))
    parts.append(withheld(district))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        PAGE.write_text(page(load_district(write_sample(Path(folder)))), encoding="utf-8")
