"""One table on Spark: typed, checked, split and counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import polars as pl
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.storagelevel import StorageLevel

from norwalk_analytics.intake.ambiguity import (
    EITHER,
    FORMS,
    SEEN,
    decided_files,
    unreadable,
    verdicts,
)
from norwalk_analytics.intake.batches import (
    BLANK,
    CELLS,
    EXAMPLE,
    FILE,
    FIRST,
    ODD,
    PART,
    RAGGED,
    READ,
    UNREAD,
    WHAT,
    Batches,
    told_schema,
)
from norwalk_analytics.intake.contract import Contract, Rule, Table
from norwalk_analytics.intake.facts import OF_FINDINGS, of_findings, registered, with_findings
from norwalk_analytics.intake.loaded import Counts
from norwalk_analytics.intake.loaded import by_rule as rules_of
from norwalk_analytics.intake.problems import PROBLEMS
from norwalk_analytics.intake.rules import ACROSS, with_broken
from norwalk_analytics.intake.scanned import Scanned, together
from norwalk_analytics.intake.sources import OneSource, Sources
from norwalk_analytics.intake.texts import ROW, named
from norwalk_analytics.spark.reading import Place, in_memory, rows_of
from norwalk_analytics.spark.sessions import beside


class OneTable:
    """One table on its way.

    Attributes:
        register: ``registration_id`` of every registration read, one row each, and whether it was ``accepted``.
    """

    def __init__(self, spark: SparkSession, of: Sources, table: Table, one: OneSource, out: str) -> None:
        """Of a district, to be kept in a folder."""
        self.spark, self.of, self.table, self.one, self.out = spark, of, table, one, out
        self.register: DataFrame | None = None

    def load(self, place: Place, register: DataFrame | None) -> Scanned:
        """Type, check and split its rows."""
        contract: Contract = self.of.contract
        source, files, headers, kind = rows_of(self.spark, place)
        rules = tuple(rule.given(contract.parameters(self.of.as_of)) for rule in self.table.rules)
        self.batches = Batches(
            self.table, contract, rules, self.one.profile, tuple(files), tuple(headers), kind
        )
        unknown = self.batches.unknown()
        schema = from_arrow_schema(self.batches.schema(), prefer_timestamp_ntz=True)
        every = source.mapInArrow(self.batches.typed, schema)
        # rows made again where a worker is lost may come in another order, with other numbers, if they are numbered as they come
        counted = kind == "Spark"
        every = self._keep(every, "typed") if counted else every.persist(StorageLevel.DISK_ONLY)
        typed, of_files = self._dates(every.filter(F.col(WHAT).isNull()))
        several = self._several(typed)
        once, others = (
            typed,
            every.filter(F.col(WHAT) == RAGGED).withColumn(FIRST, F.lit(None).cast("bigint")),
        )
        if several is not None:
            same = self._same(several, len(unknown))
            once, others = typed.join(same.select(ROW), ROW, "left_anti"), others.unionByName(same)
        judged = self._judged(self._facts(once, register), rules, several).withColumn(
            FIRST, F.lit(None).cast("bigint")
        )
        flags = [F.lit(False).alias(f"r{i}") for i in range(len(rules))]
        spoken = judged.filter(F.col("any") | F.col(ODD)).unionByName(
            others.select("*", *flags, F.lit(False).alias("any")), allowMissingColumns=True
        )
        made = from_arrow_schema(told_schema())
        told = spoken.mapInArrow(self.batches.told, made).persist(StorageLevel.MEMORY_AND_DISK)
        aside = told.filter("aside").select(ROW)
        accepted = once.join(aside, ROW, "left_anti").drop(PART, WHAT, CELLS, UNREAD, ODD, READ)
        frame = self._keep(_named(accepted, unknown), "accepted")
        if self.table.name == "tool_registrations":
            n = F.lit(0).alias("n")
            read = every.filter(F.col(READ).isNotNull()).select(F.col(READ).alias("registration_id"), n)
            both = read.unionByName(frame.select("registration_id", F.lit(1).alias("n")))
            register = both.groupBy("registration_id").agg((F.max("n") > 0).alias("accepted"))
            self.register = self._keep(register, "register")
        found = self._scanned(every, frame, told, of_files, unknown, place)
        for rows in (every, told, *([] if several is None else [several])):
            rows.unpersist()
        if counted:
            self._keep(self.spark.createDataFrame([], "nothing int"), "typed")
        return found

    def _keep(self, frame: DataFrame, part: str) -> DataFrame:
        """A frame as it stands in files: what is made of it does not make it again."""
        path = f"{self.out}/{self.table.name}.{part}"
        frame.write.mode("overwrite").parquet(path)
        return self.spark.read.parquet(path)

    def _dates(self, typed: DataFrame) -> tuple[DataFrame, pl.DataFrame]:
        """Rows in which no date is guessed, and the verdicts on the files."""
        fields = self.table.of_type("date", "datetime")
        fields = [name for name in fields if name not in self.one.profile.dates]
        flags = [
            F.coalesce(F.max(F.col(f"{name}__slash") == form), F.lit(False)).alias(f"{name}__{kind}")
            for name in fields for kind, form in FORMS.items()
        ]  # fmt: skip
        found = typed.groupBy(PART).agg(*flags).collect() if fields else []
        rows = [
            (row[PART], name, *(row[f"{name}__{kind}"] for kind in FORMS)) for row in found for name in fields
        ]
        of_files = verdicts(pl.DataFrame(rows, schema=SEEN, orient="row").sort("field", "part"))
        doubtful = {
            str(name): tuple(of["part"])
            for (name,), of in of_files.filter("unreadable").group_by("field", maintain_order=True)
        }
        self.batches = replace(self.batches, doubtful=doubtful)
        frame: Any = nw.from_native(typed)
        for name, parts in doubtful.items():
            here = (nw.col(PART).is_in(list(parts)) & (nw.col(f"{name}__slash") == EITHER)).fill_null(
                value=False
            )
            frame = frame.with_columns((nw.col(ODD) | here).alias(ODD))
            frame = unreadable(frame, name, self.table.field(name).type, here)
        return frame.to_native(), of_files

    def _several(self, typed: DataFrame) -> DataFrame | None:
        """The rows whose key may stand more than once; None where there are none."""
        hashed = typed.select(ROW, F.xxhash64(*self.table.key).alias("key__"))
        several = hashed.groupBy("key__").count().filter("count > 1").select("key__")
        rows = hashed.join(several, "key__", "left_semi").select(ROW).persist(StorageLevel.MEMORY_AND_DISK)
        return None if rows.isEmpty() else typed.join(rows, ROW, "left_semi")

    def _same(self, several: DataFrame, unknown: int) -> DataFrame:
        """Rows that are the same as an earlier one, and which; only those are compared whose key stands more than once."""
        cells = [*(one.name for one in self.table.fields), *(f"unknown__{i}" for i in range(unknown)), UNREAD]
        first = F.min(ROW).over(Window.partitionBy(*cells))
        return several.withColumn(FIRST, first).filter(F.col(FIRST) != F.col(ROW))

    def _facts(self, once: DataFrame, register: DataFrame | None) -> DataFrame:
        """Rows with the facts that their rules look at, joined in."""
        frame: Any = nw.from_native(once)
        if "registration_id" in once.columns and self.table.name != "tool_registrations":
            frame = registered(frame, None if register is None else nw.from_native(register))
        if self.table.name == "audit_findings":
            narrow: Any = nw.from_native(once.select(ROW, *OF_FINDINGS))
            frame = with_findings(frame, of_findings(narrow))
        return frame.to_native()  # type: ignore[no-any-return]

    def _judged(self, facts: DataFrame, rules: Sequence[Rule], several: DataFrame | None) -> DataFrame:
        """Rows with a Boolean column a rule; whether a key is unique is asked of those alone of which it is in doubt."""
        key = set(self.table.key)
        across = {i: rule for i, rule in enumerate(rules) if rule.type in ACROSS and set(rule.columns) == key}
        known = {i: nw.lit(value=False) for i in across}
        if several is not None and across:
            once: Any = nw.from_native(several.join(facts.select(ROW), ROW, "left_semi"))
            few = with_broken(once, list(across.values()), {}).filter(nw.col("any"))
            renamed = few.select(ROW, *[nw.col(f"r{j}").alias(f"across{i}__") for j, i in enumerate(across)])
            facts = facts.join(renamed.to_native(), ROW, "left")
            known = {i: nw.col(f"across{i}__").fill_null(value=False) for i in across}
        judged = with_broken(nw.from_native(facts), rules, known).to_native()
        return judged.drop(*[f"across{i}__" for i in across])  # type: ignore[no-any-return]

    def _scanned(
        self, every: DataFrame, frame: DataFrame, told: DataFrame, of_files: pl.DataFrame, unknown: list[str], place: Place
    ) -> Scanned:  # fmt: skip
        """What came of the table, counted."""
        said = self.batches.said(decided_files(of_files, self.batches.places))
        places = self.batches.places.of(said[ROW]).with_columns(pl.lit(None, dtype=pl.Int64).alias("row"))
        of_whole = places.hstack(said.select(PROBLEMS))
        problems = told.select("file", "sheet", "row", F.explode("problems").alias("one")).select(
            "file", "sheet", "row", *[F.col(f"one.{name}").alias(name) for name in PROBLEMS]
        )
        by = in_memory(
            problems.groupBy("rule", "severity").agg(
                F.count("*").alias("rows"), F.min("remedy").alias("remedy")
            )
        )
        by_rule = together([by, rules_of(of_whole)])
        if of_whole.height:
            problems = problems.unionByName(beside(self.spark)(of_whole))
        problems, quarantined = (
            self._keep(problems, "problems"),
            self._keep(self._quarantined(told), "quarantined"),
        )
        what = {row[WHAT]: row["count"] for row in every.groupBy(WHAT).count().collect()}
        aside = quarantined.count()
        blank, examples = what.get(BLANK, 0), what.get(EXAMPLE, 0)
        left = sum(n for name, n in what.items() if name not in (None, RAGGED, BLANK, EXAMPLE))
        warnings = int(by_rule.filter(pl.col("severity") != "critical")["rows"].sum())
        counts = Counts(sum(what.values()) - blank - examples, frame.count(), aside, left, warnings)
        out = every.filter(F.col(WHAT).isNotNull() & ~F.col(WHAT).isin(RAGGED, BLANK, EXAMPLE))
        return Scanned(
            table=self.table, file=named(self.batches.files, place), assumed=self.batches.kind, frame=frame, quarantined=quarantined,
            problems=problems, left_out=self._keep(self._placed(out).withColumnRenamed(WHAT, "rule"), "left_out"), counts=counts, by_rule=by_rule,
            blank=blank, examples=examples, unknown=tuple(_safe(unknown)), rules=self.batches.rules,
        )  # fmt: skip

    def _placed(self, rows: DataFrame) -> DataFrame:
        files = F.array(*[F.lit(name) for name in self.batches.files])
        file = F.element_at(files, (F.col(PART) + 1).cast("int"))
        return rows.select(
            file.alias("file"),
            F.lit(None).cast("string").alias("sheet"),
            F.col(ROW).bitwiseAND(FILE - 1).alias(ROW),
            WHAT,
        )

    def _quarantined(self, told: DataFrame) -> DataFrame:
        """Rows set aside, each raw cell under its header, and those beyond it."""
        names = _safe([header or f"column {i + 1}" for i, header in enumerate(self.batches.headers)])
        cells = [F.get(CELLS, F.lit(i)).alias(name) for i, name in enumerate(names)]
        beyond = F.slice(CELLS, len(names) + 1, 1 << 20).alias("beyond")
        return told.filter("aside").select(
            "file", "sheet", F.col("row").alias(ROW), "reasons", *cells, beyond
        )


def _safe(names: Sequence[str]) -> list[str]:
    """Names that Spark takes for nothing but names, each once."""
    safe: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_ ()-]", "_", name)
        while plain in safe:
            plain += "_"
        safe.append(plain)
    return safe


def _named(frame: DataFrame, unknown: Sequence[str]) -> DataFrame:
    """The columns that are not the table's under their own names again."""
    renamed = {f"unknown__{i}": name for i, name in enumerate(_safe(unknown))}
    columns: list[Column] = [
        F.col(name).alias(renamed.get(name, name)) for name in frame.columns if not name.endswith("__slash")
    ]
    return frame.select(*columns)
