"""Run every benchmark, or those that are named, and write ``benchmarks/README.md``.

``python -m benchmarks`` runs all; ``python -m benchmarks rules growth`` runs these, and the page then
keeps what it said of the others.
"""

from __future__ import annotations

import sys

from benchmarks import charts, formats, growth, gx, load, measures, page, report, rivals, rules, scale
from benchmarks.timing import say

SECTIONS = {
    "rules": rules, "rivals": rivals, "gx": gx, "growth": growth, "load": load, "formats": formats, "charts": charts,
    "measures": measures, "report": report, "scale": scale,
}  # fmt: skip


def main(names: list[str]) -> int:
    """Measure, print and write."""
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        say(f"There is no section {unknown[0]}. Sections: {', '.join(SECTIONS)}.")
        return 2
    for name in names or SECTIONS:
        say(f"benchmarks: {name} …")
        text = "\n\n".join(map(str, SECTIONS[name].run()))
        page.write(name, text, list(SECTIONS))
        print(text, end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
