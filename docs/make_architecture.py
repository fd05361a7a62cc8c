"""Draw ``pictures/architecture.svg`` from the imports as they are: ``python docs/make_architecture.py`` (from the checkout).

A room is a folder of the package or a file beside them. An arrow leads from a room to one that it imports. The height of
a room is that of the longest way down, so no arrow leads up; two rooms that import each other can't be drawn.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "norwalk_analytics"
PICTURE = DOCS / "pictures" / "architecture.svg"
Arrows = Mapping[tuple[str, str], bool]
"""(room, imported room) → whether it is imported with the room, and not only when something is asked for."""

# Room: its column, and what it holds.
ROOMS = {
    "norwalk_analytics": (1, "what a notebook needs"),
    "cli": (2, "the command line"),
    "board": (2, "figures to pages"),
    "engines": (3, "memory, files or Spark"),
    "oversight": (2, "rows to figures"),
    "spark": (4, "rows on a cluster"),
    "intake": (2, "files to accepted rows"),
    "sample": (0, "a made-up district"),
    "gx": (4, "Great Expectations"),
    "whole": (1, "a file whole or not at all"),
    "policy": (1, "policy.toml as a value"),
    "telling": (2, "what messages share"),
    "expressions": (3, "a rule as an expression"),
}
OF_THE_COMMAND_LINE = {"__main__": True, "options": True, "terminal": True, "working_folder": False}
"""What it alone imports is drawn as a part of it → whether it is imported with it."""
SIDEWAYS_FIRST = {
    ("board", "sample"),
    ("cli", "engines"),
    ("engines", "spark"),
    ("intake", "expressions"),
    ("intake", "gx"),
    ("whole", "telling"),
}
WIDE, HIGH, BOX_WIDE, BOX_HIGH, EDGE = 196, 84, 168, 46, 12
APART = 9  # between the arrows that come into a side and those that leave it


def _imports(node: ast.AST, now: bool = True) -> Iterator[tuple[str, bool]]:
    """Each module of ours that is imported below a node, and whether that happens as the file is read."""
    for child in ast.iter_child_nodes(node):
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        )
        if isinstance(child, ast.Import):
            yield from ((name.name, now) for name in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module == PACKAGE.name:
            yield from ((f"{PACKAGE.name}.{name.name}", now) for name in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module, now
        yield from _imports(child, now and not later)


def room(module: str) -> str:
    """The room of a module: "board" of "norwalk_analytics.board.charts"."""
    first, *inner = module.split(".")
    found = inner[0] if inner else first
    return "cli" if found in OF_THE_COMMAND_LINE else found


def imports(package: Path = PACKAGE) -> Arrows:
    """Which room imports which, of all files of the package."""
    found: dict[tuple[str, str], bool] = {}
    for path in sorted(package.rglob("*.py")):
        at = path.relative_to(package).with_suffix("").parts[0]
        here = package.name if at == "__init__" else room(f"{package.name}.{at}")
        for module, now in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            there = room(module)
            if module.split(".")[0] == package.name and there != here:
                at_once = now and OF_THE_COMMAND_LINE.get(at, True)
                found[here, there] = found.get((here, there), False) or at_once
    return found


def shown(arrows: Arrows) -> Arrows:
    """The arrows without those that others imply: by way of another room one comes there too, at once if they do."""

    def reached(start: str, end: str, now: bool) -> bool:
        return any(
            one == start and (there == end or reached(there, end, now))
            for (one, there), at_once in arrows.items()
            if at_once or not now
        )

    return {
        (here, there): now
        for (here, there), now in arrows.items()
        if not any(
            via not in (here, there) and (at_once or not now) and reached(via, there, now)
            for (one, via), at_once in arrows.items()
            if one == here
        )
    }


def heights(arrows: Arrows) -> dict[str, int]:
    """The longest way down from each room; RecursionError if rooms import each other."""

    @cache
    def height(name: str) -> int:
        return max((height(there) + 1 for here, there in arrows if here == name), default=0)

    return {name: height(name) for name in ROOMS}


def ways(arrows: Arrows) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """The points that each arrow leads by."""
    at = heights(arrows)
    top = max(at.values())
    place = {
        name: (EDGE + column * WIDE + BOX_WIDE // 2, EDGE + (top - at[name]) * HIGH + BOX_HIGH // 2)
        for name, (column, _) in ROOMS.items()
    }
    found = {}
    for here, there in arrows:
        (x, y), (to_x, to_y) = place[here], place[there]
        if x == to_x:
            way = [(x, y + BOX_HIGH // 2), (x, to_y - BOX_HIGH // 2)]
        elif (here, there) in SIDEWAYS_FIRST:
            side = x + (BOX_WIDE // 2 if to_x > x else -BOX_WIDE // 2)
            way = [(side, y + APART), (to_x, y + APART), (to_x, to_y - BOX_HIGH // 2)]
        else:
            side = to_x + (BOX_WIDE // 2 if x > to_x else -BOX_WIDE // 2)
            way = [(x, y + BOX_HIGH // 2), (x, to_y - APART), (side, to_y - APART)]
        found[here, there] = way
    return found


def boxes(arrows: Arrows) -> dict[str, tuple[int, int]]:
    """The upper left corner of each room."""
    at = heights(arrows)
    top = max(at.values())
    return {name: (EDGE + ROOMS[name][0] * WIDE, EDGE + (top - at[name]) * HIGH) for name in ROOMS}


def picture(arrows: Arrows) -> str:
    """The diagram as SVG."""
    drawn = shown(arrows)
    corners = boxes(arrows)
    wide = max(x for x, _ in corners.values()) + BOX_WIDE + EDGE
    high = max(y for _, y in corners.values()) + BOX_HIGH + EDGE
    lines = []
    for pair, way in sorted(ways(drawn).items()):
        dashes = "" if drawn[pair] else ' stroke-dasharray="5 4"'
        path = "M" + "L".join(f"{x} {y}" for x, y in way)
        lines.append(f'<path d="{path}"{dashes} marker-end="url(#head)"/>')
    words = []
    for name, (x, y) in corners.items():
        middle = x + BOX_WIDE // 2
        words.append(
            f'<rect x="{x}" y="{y}" width="{BOX_WIDE}" height="{BOX_HIGH}" rx="4"/>'
            f'<text x="{middle}" y="{y + 19}" class="name">{escape(name)}</text>'
            f'<text x="{middle}" y="{y + 36}">{escape(ROOMS[name][1])}</text>'
        )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'font-family="Liberation Sans, Arial, sans-serif" font-size="12" text-anchor="middle">',
        "<style>rect{fill:#eef2f7;stroke:#12436D}path{fill:none;stroke:#3D3D3D;stroke-width:1.4}"
        ".name{font-weight:bold;font-size:14px}#head path{fill:#3D3D3D;stroke:none}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        f'<rect width="{wide}" height="{high}" style="fill:#fff;stroke:none"/>',
        *lines, *words, "</svg>", "",
    ])  # fmt: skip


def main() -> None:
    """Draw it."""
    PICTURE.write_text(picture(imports()), encoding="utf-8")


if __name__ == "__main__":
    main()
