"""What came of a table on different engines, held against each other row for row."""

import polars as pl

from norwalk_analytics.intake.contract import TABLES


def in_memory(frame):
    return frame.collect() if isinstance(frame, pl.LazyFrame) else frame


def in_order(frame):
    """A frame in an order of its own: by the texts of all its cells."""
    return frame.sort(pl.all().cast(pl.String) if not frame.width else [pl.col(c) for c in frame.columns])


def differences(one, other):
    """What differs between two districts, in words; nothing where they are the same."""
    found = []
    for name in TABLES:
        if (name in one.tables) != (name in other.tables):
            found.append(f"{name}: only one has it")
        if name not in one.tables or name not in other.tables:
            continue
        a, b = one.tables[name], other.tables[name]
        if a.counts != b.counts:
            found.append(f"{name}: {a.counts} and {b.counts}")
        if a.by_rule.select("rule", "severity", "rows").rows() != b.by_rule.select("rule", "severity", "rows").rows():
            found.append(f"{name}: rules broken differ")
        for part, key in (("frame", ["row_number"]), ("quarantined", ["file", "sheet", "row_number"]),
                          ("problems", ["file", "row", "rule", "field", "wrong"]), ("left_out", ["file", "row_number"])):  # fmt: skip
            x, y = in_memory(getattr(a, part)), in_memory(getattr(b, part))
            if set(x.columns) != set(y.columns):
                found.append(f"{name}.{part}: columns {set(x.columns) ^ set(y.columns)}")
            elif not x.sort(key).equals(y.select(x.columns).sort(key)):
                found.append(f"{name}.{part}: rows differ")
    return found
