"""The sample district's files: whole or not at all, and never over someone's own."""

import csv
import io
import random
import tomllib
from datetime import date
from pathlib import Path

from norwalk_analytics.policy import shipped_contract
from norwalk_analytics.sample.code_lists import Row, read_platforms, read_schools
from norwalk_analytics.sample.contacts import log
from norwalk_analytics.sample.findings import audit
from norwalk_analytics.sample.people import hire
from norwalk_analytics.sample.registrations import register
from norwalk_analytics.sample.returns import decide, hand_in
from norwalk_analytics.sample.stories import LAST_DAY
from norwalk_analytics.whole import write_whole

DISTRICT, KEY = "district.toml", "fingerprint.key"
TABLES = ("tool_registrations", "exception_log", "audit_findings", "returns", "actions")
FILES = (DISTRICT, KEY, *(f"{table}.csv" for table in TABLES))  # the first marks the folder


def write_sample(
    folder: Path | str, *, seed: int = 2013, as_of: date = LAST_DAY, schemas: Path | None = None
) -> Path:
    """Writes a made-up district into a folder.

    The data runs from September 2013 to June 2026, whatever `as_of` says, and tells the
    stories of `norwalk_analytics.sample.stories`.

    Args:
        folder: Where to write; made if it is missing. An earlier sample is written over.
        seed: Which district: the same seed gives the same bytes.
        as_of: The day that district.toml names.
        schemas: Folder with schools.csv, platforms.csv and platform_aliases.csv; the
            shipped contract by default.

    Returns:
        The folder. It holds tool_registrations.csv, exception_log.csv, audit_findings.csv,
        returns.csv, actions.csv, fingerprint.key and district.toml.

    Raises:
        FileExistsError: The folder holds a file of one of these names, and its
            district.toml does not say that it is a sample. Nothing is written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sorted(path.name for path in write_sample(Path(folder)).iterdir())[:3]
        ['actions.csv', 'audit_findings.csv', 'district.toml']
    """
    folder = Path(folder)
    _refuse_what_is_not_ours(folder)
    texts = _make(seed, as_of, shipped_contract() if schemas is None else schemas)
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        write_whole(folder / name, texts[name])
    return folder


def _make(seed: int, as_of: date, schemas: Path) -> dict[str, str]:
    """Makes the text of every file, by its name."""
    chance = random.Random(seed)
    key = f"{chance.randrange(16**64):064x}"
    streams = [random.Random(chance.randrange(2**63)) for _ in range(5)]
    schools, platforms = read_schools(schemas), read_platforms(schemas)
    roster = hire(streams[0], schools)
    registrations = register(streams[1], roster, schools, platforms)
    tables = {
        "tool_registrations": registrations,
        "exception_log": log(streams[2], roster, registrations),
        "audit_findings": audit(streams[3], registrations, schools, platforms),
    }
    tables["returns"] = hand_in(streams[4], roster, schools, tables)
    tables["actions"] = decide()
    district = f"# A made-up district (seed {seed}).\nas_of = {as_of.isoformat()}\nsample = true\n"
    csvs = {f"{table}.csv": _as_csv(rows) for table, rows in tables.items()}
    return {DISTRICT: district, KEY: key, **csvs}


def _as_csv(rows: list[Row]) -> str:
    """Writes rows as CSV, the first row's keys as its header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _refuse_what_is_not_ours(folder: Path) -> None:
    """Raises if a file that would be written is there and not from an earlier sample."""
    there = [name for name in FILES if (folder / name).exists()]
    if there and not _is_sample(folder / DISTRICT):
        message = (
            f"{folder} already holds {', '.join(there)} and no district.toml with sample = true, "
            "so nothing was written: choose an empty folder."
        )
        raise FileExistsError(message)


def _is_sample(path: Path) -> bool:
    """Says whether a district.toml says that its folder is a sample."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("sample") is True
    except (OSError, ValueError):
        return False
