"""What a program reads of a checked district: counts, and the rules that were broken."""

from __future__ import annotations

from typing import Any

from norwalk_analytics.intake.loaded import District, Loaded
from norwalk_analytics.intake.scanned import Scanned


def as_dict(district: District) -> dict[str, Any]:
    """A district's tables as JSON may hold them, the same for each engine but for the rows of problems.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics import load_district, write_sample
        >>> with TemporaryDirectory() as folder:
        ...     found = as_dict(load_district(write_sample(Path(folder))))
        >>> found["as_of"], found["missing"], found["tables"]["returns"]["quarantined"]
        ('2026-06-30', [], 0)
    """
    return {
        "as_of": district.as_of.isoformat(),
        "tables": {name: _table(one) for name, one in district.tables.items()},
        "missing": district.missing,
    }


def _table(one: Loaded | Scanned) -> dict[str, Any]:
    counts = one.counts
    return {
        "read": counts.read, "accepted": counts.accepted, "quarantined": counts.set_aside, "left_out": counts.left_out,
        "blank": one.blank, "examples": one.examples, "corrected": one.corrected.height if isinstance(one, Loaded) else 0,
        "warnings": counts.warnings, "assumed": one.assumed,
        "problems": _with_rows(one) if isinstance(one, Loaded) else one.by_rule.select("rule", "severity", count="rows").to_dicts(),
    }  # fmt: skip


def _with_rows(one: Loaded) -> list[dict[str, Any]]:
    """Problems by file and rule, with the numbers of their rows."""
    by = ("file", "sheet", "rule", "field", "severity")
    return [
        {
            **dict(zip(by, key, strict=True)),
            "count": group.height,
            "rows": group["row"].drop_nulls().to_list(),
        }
        for key, group in one.problems.group_by(by, maintain_order=True)
    ]
