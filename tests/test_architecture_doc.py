"""The picture of the rooms is that of the imports as they are."""

from itertools import pairwise
from pathlib import Path

import pytest
from conftest import script

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def maker():
    return script(DOCS / "make_architecture.py")


def test_the_picture_is_of_the_imports_as_they_are(maker):
    """Draw it anew by ``python docs/make_architecture.py``."""
    assert maker.PICTURE.read_text(encoding="utf-8") == maker.picture(maker.imports())


def test_every_room_is_drawn_and_described(maker):
    package = maker.PACKAGE
    files = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    assert {maker.room(f"{package.name}.{one}") for one in files | folders} | {package.name} == set(
        maker.ROOMS
    )
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert not [name for name in maker.ROOMS if f"`{name}`" not in page]


def test_what_is_drawn_implies_all_imports_and_none_other(maker):
    arrows = maker.imports()
    drawn = maker.shown(arrows)

    def reached(start):
        return {start}.union(*(reached(there) for here, there in drawn if here == start))

    assert drawn.items() <= arrows.items()
    for here, there in arrows:
        assert there in reached(here)


def test_imports_go_one_way(maker):
    """As the page says of single rooms, too."""
    arrows = maker.imports()
    at = maker.heights(arrows)
    assert all(at[here] > at[there] for here, there in arrows)
    assert at["board"] > at["oversight"] > at["intake"] > at["policy"]
    of_ours = {name: {there for here, there in arrows if here == name} for name in ("gx", "expressions")}
    assert of_ours == {"gx": {"expressions"}, "expressions": set()}
    assert {here for here, there in arrows if there == "spark"} == {"engines"}
    assert not any(now for (_, there), now in arrows.items() if there in ("spark", "gx"))


def test_no_line_crosses_a_box(maker):
    arrows = maker.shown(maker.imports())
    for (here, there), way in maker.ways(arrows).items():
        for name, (x, y) in maker.boxes(arrows).items():
            for (x1, y1), (x2, y2) in pairwise(way):
                apart = max(x1, x2) <= x or min(x1, x2) >= x + maker.BOX_WIDE
                apart |= max(y1, y2) <= y or min(y1, y2) >= y + maker.BOX_HIGH
                assert apart, (here, there, name)


def test_rooms_that_import_each_other_are_found_out(maker, tmp_path):
    package = tmp_path / "norwalk_analytics"
    for name, other in (("board", "oversight"), ("oversight", "board")):
        (package / name).mkdir(parents=True)
        (package / name / "a.py").write_text(f"def f():\n    from norwalk_analytics.{other} import a\n")
    arrows = maker.imports(package)
    assert arrows == {("board", "oversight"): False, ("oversight", "board"): False}
    with pytest.raises(RecursionError):
        maker.heights(arrows)
