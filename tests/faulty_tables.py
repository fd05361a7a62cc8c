"""Tables with faults planted in them, as files of CSV and Parquet."""

import csv
import random

import polars as pl
from planted_faults import plant

MORE = "My note.2"
"""A column that no table of ours has, and a name that engines read in ways of their own."""


def faulty_tables(clean_rows):
    """1,000 planted faults, and rows twice, keys twice, ragged and blank rows, a header and a total in the midst."""
    made, chance = {}, random.Random(1)
    for name, planted in plant(clean_rows, count=1000, seed=3).tables.items():
        rows = [[*row, chance.choice(["", 'a, "b"', "line\nfeed"])] for row in planted]
        width = len(rows[0])
        some = [list(row) for row in chance.sample(rows, 40)]
        changed = [[*row[:-2], "changed" if len(row[-2]) < 20 else "", ""] for row in some[20:]]
        odd = [[*clean_rows[name][0], MORE], ["Total", *[""] * (width - 1)], [""] * width]
        made[name] = [*rows, *some[:20], *changed, *odd, rows[5][:3], [*rows[7], "x", "y"], *rows[10:12]]
    return made


def header_of(clean_rows, name):
    """The header of one of them."""
    return [*clean_rows[name][0], MORE]


def write(folder, tables, header, write_one):
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        write_one(folder, name, header(name), rows)
    (folder / "district.toml").write_text("as_of = 2026-06-30\n")
    return folder


def as_csv(folder, name, header, rows):
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def as_parquet(folder, name, header, rows):
    even = [(list(row) + [""] * len(header))[: len(header)] for row in rows]
    frame = pl.DataFrame(even, schema=dict.fromkeys(header, pl.String), orient="row")
    frame.write_parquet(folder / f"{name}.parquet")


def planted_folder(clean_rows, folder, count, seed):
    """A folder of CSV with so many faults, and nothing besides."""
    planted = plant(clean_rows, count=count, seed=seed)
    assert len(planted.faults) >= count
    return write(folder, planted.tables, lambda name: list(clean_rows[name][0]), as_csv)
