"""Which engine holds a district's tables: memory, files of Parquet piece by piece, or Spark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from norwalk_analytics.intake.loaded import District
from norwalk_analytics.intake.loading import Step, load_district
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import did_you_mean

ENGINES = ("polars", "streaming", "spark")


def load_with(
    engine: str, data: str | Path, out: Path | None, *, contract: str | Path | None = None, as_of: date | None = None,
    profiles: Sequence[str | Path] = (), corrections: Path | None = None, step: Step | None = None,
) -> District:  # fmt: skip
    """Load a district on an engine.

    Args:
        engine: "polars" (in memory), "streaming" (tables larger than memory, by way of Parquet) or "spark".
        data: the data folder; for Spark also a URI or a database of its catalog.
        out: where what came of each table is kept: needed for "streaming"; see ``spark.load_district``.
        contract: a contract folder.
        as_of: the day at whose end the data are read.
        profiles: import profiles.
        corrections: where mended correction workbooks lie; rows in memory alone are corrected.
        step: is told what is being done.

    Raises:
        UserError: if there is no such engine, it lacks ``out`` or can't correct rows, PySpark is not installed, or the data can't be read.
    """
    if engine == "polars":
        return load_district(
            data, contract=contract, as_of=as_of, profiles=profiles, corrections=corrections, step=step
        )
    if corrections is not None:
        message = f"The engine {engine} reads no correction workbook: load the tables in memory."
        raise UserError(message)
    if engine == "streaming":
        if out is None:
            message = "The engine streaming keeps the tables in files, and needs a folder for them. Nothing was loaded."
            raise UserError(message)
        from norwalk_analytics.intake.scanning import scan_district

        return scan_district(data, out, contract=contract, as_of=as_of, profiles=profiles, step=step)
    if engine == "spark":
        try:
            from norwalk_analytics import spark
        except ModuleNotFoundError as error:
            message = f"Spark needs {error.name}: pip install 'norwalk-analytics[spark]', and Java 17."
            raise UserError(message) from None
        return spark.load_district(
            spark.session(), data, contract=contract, as_of=as_of, profiles=profiles, step=step, out=out
        )
    message = f"There is no engine {engine}.{did_you_mean(engine, ENGINES)} Known: {', '.join(ENGINES)}."
    raise UserError(message)
