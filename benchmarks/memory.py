"""Peak memory of rules and split, in a process of its own: ``python -m benchmarks.memory frame.parquet``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from benchmarks import fast
from benchmarks.data import setting

STATUS = Path("/proc/self/status")
GIVE_BACK = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"}
"""Asks Polars' allocator to give back at once what is freed, so that none of it hides or swells the step."""


def used(name: str) -> int:
    """Bytes that Linux counts for this process: VmRSS, or VmHWM since the mark was put back."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def measured(frame: pl.DataFrame) -> dict[str, int] | None:
    """What the step adds, in bytes, and the frame's size; in another process; None where that can't be."""
    if not STATUS.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.parquet"
        frame.write_parquet(path, compression="uncompressed")
        command = [sys.executable, "-m", "benchmarks.memory", str(path)]
        environment = {**os.environ, **GIVE_BACK}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def main(path: str) -> None:
    """Read the frame, put the mark back, run, and print what was added at the peak."""
    rules = setting().rules
    frame = pl.read_parquet(path, n_rows=1000)
    fast.check(frame, rules)  # code and threads that are loaded once are not the step's
    frame = pl.read_parquet(path).rechunk()
    held = used("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    kept = fast.check(frame, rules)
    added = used("VmHWM") - held
    print(json.dumps({"added": added, "size": frame.estimated_size(), "accepted": kept.accepted.height}))


if __name__ == "__main__":
    main(sys.argv[1])
