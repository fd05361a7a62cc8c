"""Tables larger than memory, loaded piece by piece: what comes of each piece goes to Parquet as it comes.

Each piece goes the way of a whole table. What only the whole tells (``across``) is found out beside it, and the
pieces that it concerns are loaded once more.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.intake.across import Across, Resolved, Whole, said_in
from norwalk_analytics.intake.contract import SMALL_TABLES, Contract, Rule, Table
from norwalk_analytics.intake.facts import Register
from norwalk_analytics.intake.gathering import Gathered, Places, gather
from norwalk_analytics.intake.judging import Converted, convert, judge
from norwalk_analytics.intake.loaded import Counts, District, Loaded
from norwalk_analytics.intake.loading import Step, load_table
from norwalk_analytics.intake.piecewise import ROWS, SIZE, Piece, pieces_of
from norwalk_analytics.intake.profiles import Profile
from norwalk_analytics.intake.scanned import Kept, Scanned, refuse_if_whole_needed, together
from norwalk_analytics.intake.sources import OneContract, OneSource, sources_of
from norwalk_analytics.intake.texts import ROW, Text, named
from norwalk_analytics.whole import make_folder

FACTS = "facts.ipc"
PARTS = ("accepted", "quarantined", "problems", "left_out")


def scan_district(
    folder: str | Path, out: str | Path, *, contract: OneContract = None, as_of: date | None = None,
    profiles: Sequence[str | Path] = (), step: Step | None = None, size: int = SIZE, rows: int = ROWS,
) -> District:  # fmt: skip
    """Load a data folder whose tables may be larger than memory.

    The three tables become folders of Parquet in ``out``: ``<table>.accepted`` (typed, with the columns that the
    loader sets beside them), ``.quarantined``, ``.problems``, ``.left_out``. CSV, TSV and Parquet are read piece by
    piece; what is of another kind must fit into memory, and so must ``returns`` and ``actions``. What is accepted,
    set aside and said is the same as by ``load_district``.

    Args:
        folder: as ``load_district`` takes it.
        out: the folder that is written to.
        contract: a contract folder, laid over the shipped one; or a Contract.
        as_of: the day at whose end the data are read.
        profiles: import profiles; none that keeps one row a key.
        step: is told what is being done.
        size: bytes of text in a piece.
        rows: rows in a piece of another kind.

    Returns:
        A district whose frames are LazyFrames on the files in ``out``; its figures are made by Polars' streaming engine.

    Raises:
        UserError: if there is no table, a file can't be read as its table, or what is asked needs a table in memory.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.sample import write_sample
        >>> with TemporaryDirectory() as folder:
        ...     data = write_sample(Path(folder) / "data")
        ...     district = scan_district(data, Path(folder) / "checked")
        ...     district.tables["exception_log"].counts.accepted == district.frame("exception_log").collect().height
        True
    """
    of = sources_of(folder, contract, as_of, profiles)
    make_folder(Path(out))
    register: Register | None = None
    tables: dict[str, Loaded | Scanned] = {}
    for name, one in of.tables.items():
        refuse_if_whole_needed(name, one, of)
        if name in SMALL_TABLES:
            tables[name] = load_table(name, one, of, step=step)
            continue
        with tempfile.TemporaryDirectory() as work:
            scan = _Scan(
                of.contract,
                of.contract.tables[name],
                of.as_of,
                one.profile,
                Path(work),
                Path(out),
                register,
                step,
            )
            tables[name] = scan.run(one, size, rows)
            register = scan.register() or register
    return District(
        of.contract, of.as_of, tables, of.sample, of.folder, beside=pl.DataFrame.lazy, kept=Kept()
    )


@dataclass(frozen=True)
class _Came:
    """What came of a piece: a Loaded without its rows, what they broke, how many there are, what others may name."""

    loaded: Loaded
    broken: pl.DataFrame
    counts: Counts
    register: Register | None


@dataclass
class _Scan:
    """One table on its way: what came of each piece so far."""

    contract: Contract
    table: Table
    as_of: date
    profile: Profile
    work: Path
    out: Path
    named: Register | None
    step: Step | None
    readers: list[Piece] = field(default_factory=list)
    parts: list[tuple[str, str | None, int]] = field(default_factory=list)
    done: dict[int, _Came] = field(default_factory=dict)
    """By the number of the piece."""

    def run(self, one: OneSource, size: int, rows: int) -> Scanned:
        """Load the table; its files take their names once they are whole."""
        folders = {part: self.out / f".{self.table.name}.{part}.partial" for part in PARTS}
        try:
            for folder in folders.values():
                shutil.rmtree(folder, ignore_errors=True)
                make_folder(folder)
            self._load(one, size, rows, folders)
            written = {part: self.out / f"{self.table.name}.{part}" for part in PARTS}
            for part, folder in folders.items():
                shutil.rmtree(written[part], ignore_errors=True)
                folder.replace(written[part])
        finally:
            for folder in folders.values():
                shutil.rmtree(folder, ignore_errors=True)
        return self._scanned(one, written)

    def _load(self, one: OneSource, size: int, rows: int, folders: Mapping[str, Path]) -> None:
        rules = [rule.given(self.contract.parameters(self.as_of)) for rule in self.table.rules]
        across = Across(self.table, rules, self.profile, self.work)
        wanted = one.wanted(self.table)
        encoded = self.work / "texts"
        encoded.mkdir()
        read = 0
        for at, piece in enumerate(_ahead(pieces_of(one.source, wanted, encoded, size, rows))):
            if piece.begins:
                self.parts.append((piece.text.file, piece.text.sheet, piece.text.start))
            gathered, converted = self._convert(piece.text, None)
            across.add(at, self._of_file(converted.forms, piece), converted.typed, converted.raw)
            self.readers.append(replace(piece, text=replace(piece.text, frame=piece.text.frame.clear())))
            self._judge(at, gathered, converted, None, folders)
            read += gathered.read
            self._tell(f"{read:,} rows checked, {piece.share:.0%} of {piece.text.file}")
        again = set(
            across.otherwise({at: piece.file for at, piece in enumerate(self.readers) if piece.begins})
        )
        for at in sorted(again):
            piece = self.readers[at]
            gathered, converted = self._convert(piece.read(), self._whole(across, piece, None))
            across.add(at, self._of_file(across.forms[at], piece), converted.typed, converted.raw)
        if len(self.readers) < 2:
            return
        resolved = across.resolved()
        facts = resolved.facts()
        if facts is not None:
            facts.sink_ipc(self.work / FACTS, engine="streaming")
            again |= set(range(len(self.readers)))
        again |= resolved.pieces
        for count, at in enumerate(sorted(again), start=1):
            piece = self.readers[at]
            whole = self._whole(across, piece, resolved)
            gathered, converted = self._convert(piece.read(), whole)
            self._judge(at, gathered, converted, self._here(whole, converted.typed), folders)
            self._tell(f"{count:,} of {len(again):,} pieces checked once more")

    def _tell(self, doing: str) -> None:
        if self.step is not None:
            self.step(f"{self.table.name}: {doing}")

    def _of_file(self, forms: pl.DataFrame, piece: Piece) -> pl.DataFrame:
        return forms.with_columns(pl.lit(piece.file, dtype=pl.Int64).alias("part"))

    def _convert(self, text: Text, whole: Whole | None) -> tuple[Gathered, Converted]:
        gathered = gather([text], self.table, self.profile, self.contract)
        return gathered, convert(gathered, self.table, self.contract, self.profile, whole, piece=True)

    def _whole(self, across: Across, piece: Piece, resolved: Resolved | None) -> Whole:
        """What the whole tells of a piece."""
        dates = across.dates().filter(pl.col("part") == piece.file)
        dates = said_in(dates, [piece.file] if piece.begins else [])
        nothing = pl.DataFrame(schema={ROW: pl.Int64, "first": pl.Int64})
        if resolved is None:
            return Whole(Places(tuple(self.parts)), dates, nothing, {})
        return Whole(Places(tuple(self.parts)), dates, resolved.same, resolved.broken)

    def _here(self, whole: Whole, typed: pl.DataFrame) -> Whole:
        """The same, of these rows alone."""
        first, last = (typed[ROW].min(), typed[ROW].max()) if typed.height else (0, -1)
        here = pl.col(ROW).is_between(first, last)
        same = whole.same.filter(here)
        broken = {i: rows.filter(rows.is_between(first, last)) for i, rows in whole.broken.items()}
        path = self.work / FACTS
        facts = pl.scan_ipc(path).filter(here).collect(engine="streaming") if path.exists() else None
        return Whole(whole.places, whole.dates, same, broken, facts)

    def _judge(
        self, at: int, gathered: Gathered, converted: Converted, whole: Whole | None, folders: Mapping[str, Path]
    ) -> None:  # fmt: skip
        loaded = judge(
            gathered, converted, self.table, self.contract, self.as_of, gathered.texts[0].place, self.profile,
            self.named, None, whole,
        )  # fmt: skip
        frames = {
            "accepted": loaded.frame, "quarantined": loaded.quarantined, "problems": loaded.problems,
            "left_out": loaded.left_out,
        }  # fmt: skip
        for part, frame in frames.items():
            path = folders[part] / f"part-{at:06}.parquet"
            path.unlink(missing_ok=True)
            if frame.height or at == 0:
                frame.write_parquet(path, statistics=False)
        self.done[at] = _Came(_emptied(loaded), loaded.by_rule, loaded.counts, loaded.register)

    def register(self) -> Register | None:
        """The registrations that other tables may name."""
        every = [came.register for came in self.done.values() if came.register is not None]
        if not every:
            return None
        return Register(pl.concat([one.read for one in every]), pl.concat([one.accepted for one in every]))

    def _scanned(self, one: OneSource, written: Mapping[str, Path]) -> Scanned:
        every = [came.loaded for _, came in sorted(self.done.items())]
        counts = [came.counts for came in self.done.values()]
        rules: tuple[Rule, ...] = every[0].rules
        return Scanned(
            table=self.table, file=named([file for file, _, _ in self.parts], one.source),
            assumed="; ".join(dict.fromkeys(every[at].assumed for at, piece in enumerate(self.readers) if piece.begins)),
            **{part: _scan(written[part]) for part in PARTS if part != "accepted"}, frame=_scan(written["accepted"]),
            counts=Counts(*map(sum, zip(*counts, strict=True))), by_rule=together(came.broken for came in self.done.values()),
            blank=sum(loaded.blank for loaded in every), examples=sum(loaded.examples for loaded in every),
            unknown=tuple(dict.fromkeys(name for loaded in every for name in loaded.unknown)), rules=rules,
            paths=tuple(dict.fromkeys(path for loaded in every for path in loaded.paths)),
        )  # fmt: skip


def _ahead(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces, of which the next is read while one is checked."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = pool.submit(next, pieces, None)
            yield piece


def _emptied(loaded: Loaded) -> Loaded:
    """What came of a piece, without its rows."""
    frames = ("frame", "aside", "quarantined", "problems", "left_out", "mended")
    empty: dict[str, Any] = {name: getattr(loaded, name).clear() for name in frames}
    return replace(loaded, **empty, register=None)


def _scan(folder: Path) -> pl.LazyFrame:
    """The rows of a folder's files; a column that a file lacks is null there."""
    scans = [pl.scan_parquet(path, glob=False) for path in sorted(folder.glob("*.parquet"))]
    schemas = [scan.collect_schema() for scan in scans]
    if all(schema == schemas[0] for schema in schemas):
        return pl.scan_parquet(folder / "*.parquet")
    return pl.concat(scans, how="diagonal")
