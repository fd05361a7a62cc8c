"""What came of tables on different engines, held against each other row for row."""

import polars as pl

from norwalk_analytics.intake.contract import TABLES

FILE = (1 << 40) - 1
PLACE = ["file", "sheet", "row_number"]
PARTS = {
    "frame": ["row_number"],
    "quarantined": PLACE,
    "problems": ["file", "row", "rule", "field", "wrong", "remedy"],
    "left_out": [*PLACE, "rule"],
}


def in_memory(frame):
    """A frame of any engine as one of Polars."""
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    return frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame.toArrow())


def differences(one, other):
    """What differs between two districts, in words; nothing where they are the same."""
    found = []
    for name in TABLES:
        if (name in one.tables) != (name in other.tables):
            found.append(f"{name}: only one has it")
        elif name in one.tables:
            found += [f"{name}: {said}" for said in _between(one.tables[name], other.tables[name])]
    return found


def _between(a, b):
    """On Spark row numbers of several files are counted on otherwise, so there keys tell rows apart too."""
    by_file = any((in_memory(of.frame)["row_number"].max() or 0) > FILE or _on_spark(of) for of in (a, b))
    if a.counts != b.counts:
        yield f"{a.counts} and {b.counts}"
    by = ["rule", "severity", "rows", "remedy"]
    if a.by_rule.select(by).rows() != b.by_rule.select(by).rows():
        yield "rules broken differ"
    for part, key in PARTS.items():
        key = [*key, *a.table.key] if part in ("frame", "quarantined") else key
        x, y = (_cells(of, in_memory(getattr(of, part)), part, by_file) for of in (a, b))
        shared = [column for column in x.columns if column in y.columns]
        odd = set(x.columns) ^ set(y.columns)
        if part == "frame":  # a frame of Spark holds no fact of other tables
            odd = {
                column
                for column in odd
                if not column.startswith(
                    ("repeat_of__", "registration_id__", "result__", "account_registered__")
                )
            }
        if part == "left_out":
            shared, odd = [*PLACE, "rule"], set()
        if odd:
            yield f"{part}: columns {odd}"
        x, y = (
            of.select(shared).sort([one for one in key if one in shared], nulls_last=True) for of in (x, y)
        )
        y = y.cast(x.schema)
        if not x.equals(y):
            lost, new = (
                p.join(
                    q,
                    on=[c for c in shared if x.schema[c] != pl.List(pl.String)],
                    how="anti",
                    nulls_equal=True,
                ).height
                for p, q in ((x, y), (y, x))
            )
            columns = [c for c in shared if x.height == y.height and not x[c].equals(y[c])]
            yield f"{part}: rows differ ({x.height} and {y.height}; {lost} in one alone, {new} in the other) in {columns}"


def _on_spark(table):
    return not isinstance(table.frame, pl.DataFrame | pl.LazyFrame)


def _cells(table, frame, part, by_file):
    """A frame with plain names in which rows of several files are numbered file by file, and cells beyond the header stand under it."""
    frame = frame.rename({name: name.replace(".", "_") for name in frame.columns})
    if part == "frame" and by_file:
        numbers = (
            table.places.of(frame["row_number"])["row"]
            if hasattr(table, "places")
            else frame["row_number"] & FILE
        )
        return frame.with_columns(numbers.alias("row_number"))
    if part == "quarantined" and "beyond" in frame.columns:
        header = [
            name for name in frame.columns if name not in ("file", "sheet", "row_number", "reasons", "beyond")
        ]
        most = frame["beyond"].list.len().max() or 0
        more = [
            pl.col("beyond").list.get(i, null_on_oob=True).alias(f"column {len(header) + i + 1}")
            for i in range(most)
        ]
        return frame.with_columns(more).drop("beyond")
    return frame
