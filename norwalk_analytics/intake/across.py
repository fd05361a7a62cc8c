"""What only the whole of a table tells, where it is loaded piece by piece.

Which rows are the same as one of another piece, which keys stand more than once, how a file's dates are
to be read, which audited items disagree. Each piece hands over a narrow part with hashes of its rows; the
parts lie in files, and of all rows at once no more than a share of the hashes is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import narwhals as nw
import polars as pl

from norwalk_analytics.intake.ambiguity import KINDS, SEEN, VERDICTS, verdicts
from norwalk_analytics.intake.conforming import cleaned
from norwalk_analytics.intake.contract import Rule, Table
from norwalk_analytics.intake.facts import OF_FINDINGS, Register, of_findings, with_findings, with_register
from norwalk_analytics.intake.gathering import Places
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.rules import ACROSS, broken
from norwalk_analytics.intake.texts import ROW

SHARE = 10_000_000
"""So many hashes are looked at at a time."""
SAME = {ROW: pl.Int64, "first": pl.Int64}


@dataclass(frozen=True)
class Whole:
    """What the whole of a table tells of a piece of it.

    Attributes:
        places: where the rows of all pieces stand.
        dates: the ``verdicts`` on the piece's file; of what is said of a file, in its first piece alone.
        same: ``row_number`` and ``first`` of rows that are the same as an earlier one.
        broken: the place of a rule that looks at other rows → the rows that break it.
        facts: ``row_number`` and the facts of audit findings of which one is not as it mostly is.
    """

    places: Places
    dates: pl.DataFrame
    same: pl.DataFrame
    broken: Mapping[int, pl.Series]
    facts: pl.DataFrame | None = None

    def with_facts(self, frame: pl.DataFrame, table: str, register: Register | None) -> pl.DataFrame:
        """The typed frame with the facts that the rules of its table look at."""
        frame = with_register(frame, table, register)
        if self.facts is None:
            return frame
        found = nw.from_native(self.facts)
        return with_findings(nw.from_native(frame), found).sort(ROW).to_native()  # type: ignore[no-any-return]


class Across:
    """Narrow parts of a table's pieces, and what they tell together.

    Args:
        table: the table of the contract.
        rules: its rulebook, with parameters given.
        profile: that was applied.
        folder: where parts may lie.
    """

    def __init__(self, table: Table, rules: Sequence[Rule], profile: Profile, folder: Path) -> None:
        """With no part yet."""
        self.table, self.profile, self.folder = table, profile, folder
        self.rules = {i: rule for i, rule in enumerate(rules) if rule.type in ACROSS}
        self.forms: dict[int, pl.DataFrame] = {}
        self.keys = {tuple(table.key)} | {_columns(rule) for rule in self.rules.values()}
        self.rows = 0

    def add(self, piece: int, forms: pl.DataFrame, typed: pl.DataFrame, raw: pl.DataFrame) -> None:
        """Keep what a piece tells; once more where it was read once more.

        Args:
            piece: its number.
            forms: what ``ambiguity.seen`` found.
            typed: its rows, with the columns that are not the table's.
            raw: their cells as written.
        """
        self.forms[piece] = forms
        path = self._path(piece)
        self.rows += 0 if path.exists() else typed.height
        names = {name for rule in self.rules.values() for name in _looked_at(rule, typed.columns)}
        if self.table.name == "audit_findings":
            names |= set(OF_FINDINGS)
        hashes = [typed.select(key).hash_rows().alias(f"key__{i}") for i, key in enumerate(sorted(self.keys))]
        one, two = self._hashed(typed, raw)
        part = typed.select(ROW, *sorted(names - {ROW})).hstack(
            [
                *hashes,
                one.alias("row__1"),
                two.alias("row__2"),
                pl.repeat(piece, typed.height, eager=True).alias("piece"),
            ]
        )
        part.write_ipc(path)

    def _path(self, piece: int) -> Path:
        return self.folder / f"{piece:06}.arrow"

    def _hashed(self, typed: pl.DataFrame, raw: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """Two hashes of each row: of its typed cells, and of a cell that can't be read by its text."""
        fields = [one.name for one in self.table.fields]
        cells = typed.select(fields)
        unread = [name for name in fields if typed[f"{name}__unreadable"].any()]
        texts = cleaned(raw.select(ROW, *unread), self.table, self.profile)
        more = [(f"?{name}", texts[name].set(~typed[f"{name}__unreadable"], None)) for name in unread]
        unknown = [name for name in typed.columns if "__" not in name and name not in (ROW, *fields)]
        more += [(name, typed[name]) for name in unknown]  # a file that lacks such a column has no cell there
        found = []
        for seed in (1, 2):
            whole = cells.hash_rows(seed)
            for name, column in more:
                whole = whole ^ column.hash(seed + crc32(name.encode())).set(column.is_null(), 0)
            found.append(whole)
        return found[0], found[1]

    def dates(self) -> pl.DataFrame:
        """The verdicts on all files."""
        forms = pl.concat([pl.DataFrame(schema=SEEN), *self.forms.values()])
        of = forms.group_by("part", "field", maintain_order=True).agg(pl.col("either", "month", "day").any())
        return verdicts(of)

    def otherwise(self, begins: Mapping[int, int]) -> list[int]:
        """Pieces whose own dates say something else than those of their whole files.

        Args:
            begins: piece → file, of the first piece of each file, which says what is to be said of the file.
        """
        whole, found, keys = self.dates(), [], ["part", "field"]
        for piece, forms in self.forms.items():
            own = verdicts(forms)
            mine = own.select(keys)
            if piece in begins:
                mine = whole.filter(pl.col("part") == begins[piece]).select(keys)
            of_file = whole.join(mine, on=keys, how="semi").select(*keys, *VERDICTS)
            alone = mine.join(own, on=keys, how="left").with_columns(pl.col(VERDICTS).fill_null(value=False))
            if piece not in begins:  # it says nothing of the file, whatever its own dates say
                of_file, alone = of_file.select(*keys, VERDICTS[0]), alone.select(*keys, VERDICTS[0])
                if own.select(pl.any_horizontal(KINDS).any()).item():
                    found.append(piece)
                    continue
            if not of_file.sort(keys).equals(alone.select(of_file.columns).sort(keys)):
                found.append(piece)
        return found

    def resolved(self) -> Resolved:
        """What stands more than once, over all pieces."""
        scan = pl.scan_ipc(self.folder / "*.arrow")
        same, concerned = [pl.DataFrame(schema=SAME)], [pl.Series(dtype=pl.Int32)]
        at = {key: f"key__{i}" for i, key in enumerate(sorted(self.keys))}
        broken_by: dict[int, list[pl.Series]] = {i: [] for i in self.rules}
        keys = sorted(self.keys, key=lambda key: key != tuple(self.table.key))  # the table's own first
        for key in keys:
            own = key == tuple(self.table.key)
            rules = {i: rule for i, rule in self.rules.items() if _columns(rule) == key}
            away = pl.concat(same)[ROW]
            for rows in doubtful(scan, at[key], self.rows):
                if own:
                    first = rows.sort(ROW).select(
                        ROW, pl.col(ROW).first().over(at[key], "row__1", "row__2").alias("first")
                    ).filter(pl.col(ROW) != pl.col("first"))  # fmt: skip
                    same.append(first.select(list(SAME)))
                    away = first[ROW]
                once = rows.filter(~pl.col(ROW).is_in(away.implode()))
                judged = broken(once, list(rules.values())) if rules else once.select(ROW)
                for j, i in enumerate(rules):
                    broken_by[i].append(judged.filter(pl.col(f"r{j}"))[ROW])
                several = rows.filter(pl.col("piece").n_unique().over(at[key]) > 1)
                concerned.append(several["piece"].unique().cast(pl.Int32))
        numbers = pl.Series(dtype=pl.Int64)
        return Resolved(
            self.table.name, self.folder, pl.concat(same), {i: pl.concat([numbers, *of]) for i, of in broken_by.items()},
            set(pl.concat(concerned).unique()),
        )  # fmt: skip


@dataclass(frozen=True)
class Resolved:
    """What the parts of all pieces tell together.

    Attributes:
        table: the table's name.
        folder: where the parts lie.
        same: ``row_number`` and ``first`` of rows that are the same as an earlier one.
        broken: the place of a rule that looks at other rows → the rows that break it.
        pieces: the pieces that hold a row whose key stands in another piece too.
    """

    table: str
    folder: Path
    same: pl.DataFrame
    broken: Mapping[int, pl.Series]
    pieces: set[int]

    def facts(self) -> pl.LazyFrame | None:
        """``row_number`` and the facts of audit findings, of rows of which one is not as it mostly is."""
        if self.table != "audit_findings":
            return None
        once = pl.scan_ipc(self.folder / "*.arrow").select(ROW, *OF_FINDINGS)
        once = once.join(self.same.lazy().select(ROW), on=ROW, how="anti")
        return of_findings(nw.from_native(once)).to_native()  # type: ignore[no-any-return]


def said_in(dates: pl.DataFrame, parts: Sequence[int]) -> pl.DataFrame:
    """Verdicts as a piece needs them in which these files begin: what is said of a file is said there alone."""
    begins = pl.col("part").is_in(list(parts))
    return dates.with_columns(pl.col(kind) & begins for kind in KINDS)


def _columns(rule: Rule) -> tuple[str, ...]:
    one = rule.kwargs.get("column")
    return (one,) if one is not None else tuple(rule.kwargs["column_list"])


def _looked_at(rule: Rule, there: Sequence[str]) -> set[str]:
    """The columns that a rule needs, and whether their cells could be read."""
    beside_them = {f"{name.split('__')[0]}__unreadable" for name in rule.columns}
    return set(rule.columns) | (beside_them & set(there))


def doubtful(scan: pl.LazyFrame, key: str, rows: int) -> Iterator[pl.DataFrame]:
    """The rows whose key's hash stands more than once, a share of the hashes at a time."""
    shares = max(1, -(-rows // SHARE))
    for share in range(shares):
        mine = scan.filter(pl.col(key) % shares == share) if shares > 1 else scan
        hashes = mine.select(key).collect(engine="streaming")[key].sort()
        twice = hashes.filter(hashes == hashes.shift()).unique()
        if len(twice):
            yield mine.filter(pl.col(key).is_in(twice.implode())).collect(engine="streaming")
