"""The pieces: every string stays data, every word has its shape, every table its headers."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import Markup

from norwalk_analytics.board import marks, pieces
from norwalk_analytics.board.checking import check
from norwalk_analytics.board.inline import drawing
from norwalk_analytics.board.page import PALETTE
from norwalk_analytics.board.theme import PALETTE as CHARTS

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</table></td></h1></figure><iframe src=//example.org>",
    "<!-- --><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}{# no #}",
    "]]><style>*{display:none}</style>",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "a\x00b\x1bc\ud800d\u202ee",
)
SVG = Markup('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 90"><path d="M0 0h9"/></svg>')
SMALL = Markup('<svg width="96" height="22"><path d="M0 0h9"/></svg>')


def _row(s: str, **more: Any) -> pieces.Measure:
    words = dict.fromkeys(("name", "count", "rate", "interval", "target", "status_note", "period"), s)
    action = pieces.Action(s, "due", s)
    return pieces.Measure(**words, also=((s, s),), sparkline=SMALL, action=action, **more)


def _groups(s: str) -> list[pieces.Group]:
    clauses = [
        pieces.Clause(s, s, [_row(s), _row(s)], status="meets"),
        pieces.Clause(s, s, remark=s),
    ]
    return [pieces.Group(s, s, clauses)]


TABLE = pieces.Table("C", [pieces.Column("A"), pieces.Column("B", numeric=True)], [("x", "1")])

PIECES: dict[str, Callable[[str], Markup]] = {
    "head": lambda s: pieces.head(board=s, title=s, month=s, as_of=s, sample=True, internal=True),
    "brief": lambda s: pieces.brief([(s, "somewhere"), (s, "elsewhere")]),
    "scorecard": lambda s: pieces.scorecard(_groups(s), caption=s),
    "figure": lambda s: pieces.figure(
        ident="f", title=s, svg=SVG, sentence=s, caption=s, table=replace(TABLE, caption=s, note=s)
    ),
    "table": lambda s: pieces.table(
        caption=s,
        columns=[pieces.Column(s), pieces.Column(s, numeric=True), pieces.Column(s)],
        rows=[(s, s, pieces.Items((s, s))), (s, "withheld", pieces.Mark("meets"))],
        note=s,
    ),
    "paragraphs": lambda s: pieces.paragraphs([s, s]),
    "note": pieces.note,
    "facts": lambda s: pieces.facts([(s, s), (s, [s, s])]),
}


class Skeleton(HTMLParser):
    """Elements and the names of their attributes, in order, without any text or value."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text = ""
        self.feed(str(html))  # a slice of Markup would be Markup, and escape what it is added to
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ".join([tag, *sorted(name for name, _ in attrs)]))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", PIECES)
def test_a_string_never_becomes_markup(name: str, hostile: str) -> None:
    made, plain = PIECES[name](hostile), PIECES[name]("plain words")
    assert Skeleton(made).found == Skeleton(plain).found
    printed = re.sub("[\x00\x1b\ud800\u202e]", "\ufffd", hostile)
    assert printed in Skeleton(made).text


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_is_the_same_again_and_balanced(name: str) -> None:
    made = PIECES[name]("plain words")
    assert made == PIECES[name]("plain words")
    opened = [tag.split()[0] for tag in Skeleton(made).found if not tag.startswith("/")]
    closed = [tag[1:] for tag in Skeleton(made).found if tag.startswith("/")]
    assert sorted(opened) == sorted(closed)


@pytest.mark.parametrize("ident", ["", "A", "a b", '"><script>', "1a", "a.b", "é"])
def test_an_id_that_could_not_be_one_is_refused(ident: str) -> None:
    with pytest.raises(ValueError, match="An id has to begin"):
        pieces.figure(ident=ident, title="t", svg=SVG, sentence="s", caption="c")
    with pytest.raises(ValueError, match="An id has to begin"):
        pieces.brief([("A sentence.", ident)])


@pytest.mark.parametrize("value", [3, 0.5, None, float("nan"), True, ["x"]])
def test_only_finished_words_are_printed(value: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        pieces.table(caption="c", columns=TABLE.columns, rows=[("x", value)])
    with pytest.raises((TypeError, AttributeError)):
        pieces.note(value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "fine"}, "No such status"),
        ({"trend": "up"}, "No such trend"),
        ({"action": pieces.Action("x", "planned")}, "No such action"),
        ({"name": " "}, "may not be empty"),
        ({"anchor": "A.1"}, "An id has to begin"),
    ],
)
def test_a_word_without_a_shape_is_refused(change: dict[str, Any], words: str) -> None:
    row = replace(pieces.Measure("Notified"), **change)
    with pytest.raises(ValueError, match=words):
        pieces.scorecard([pieces.Group("A", "a", [pieces.Clause("A.1", "b", [row])])])


def test_no_two_words_of_a_kind_share_a_shape_unless_they_mean_the_same() -> None:
    alike = {frozenset(("meets", "every case in time"))}
    alike.add(frozenset(("does not meet", "not every case in time")))
    for kind in (marks.STATUS, marks.TREND, marks.ACTION):
        for one, first in kind.items():
            for other, second in kind.items():
                if one != other and first.path == second.path:
                    assert frozenset((one, other)) in alike


def test_the_scorecard_keeps_every_clause_in_order_and_scopes_every_header() -> None:
    clauses = [pieces.Clause(f"B.{n}", "t", [pieces.Measure("m")] * (n % 3)) for n in range(1, 6)]
    made = str(pieces.scorecard([pieces.Group("B", "Duties", clauses)]))
    assert [made.index(f">B.{n}<") for n in range(1, 6)] == sorted(
        made.index(f">B.{n}<") for n in range(1, 6)
    )
    assert made.count("No evidence is collected") == 1
    assert made.count("<th ") == made.count('scope="')
    assert 'scope="rowgroup"' in made
    assert '>no evidence</span></span> <span class="count">1<' in made
    assert '>no target</span></span> <span class="count">6<' in made


def test_a_row_of_a_table_has_a_cell_a_column() -> None:
    with pytest.raises(ValueError, match="Row 1 of a table has 1 cells for 2 columns"):
        pieces.table(caption="c", columns=TABLE.columns, rows=[("x",)])


def test_a_figure_is_named_and_described() -> None:
    made = str(pieces.figure(ident="f", title="T", svg=SVG, sentence="S", caption="C", table=TABLE))
    assert 'role="img" aria-labelledby="f-title" aria-describedby="f-sentence"' in made
    assert "<details" in made
    assert 'width="600" height="90"' in made
    check(f"<h1>x</h1>{made}")


def test_ids_in_drawings_get_the_figures_prefix() -> None:
    svg = Markup(
        '<svg viewBox="0 0 9 9"><clipPath id="clip0"><path d="M0 0"/></clipPath>'
        '<g clip-path="url(#clip0)" style="fill: var(--c-blue); stroke:red" class="pic-a table">'
        '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#clip0"/></g>'
        '<g role="x" aria-label="secret"/><path display="none"/></svg>'
    )
    made = drawing(svg, prefix="f", label="f-title")
    assert 'id="f-clip0"' in made
    assert 'clip-path="url(#f-clip0)"' in made
    assert 'href="#f-clip0"' in made
    assert 'fill="var(--c-blue)" stroke="red" class="pic-a"' in made
    assert not any(word in made for word in ("style", "secret", "display", "table", "xlink"))


@pytest.mark.parametrize(
    "svg",
    [
        "<svg viewBox='0 0 1 1'><script>alert(1)</script></svg>",
        "<svg viewBox='0 0 1 1' onload='alert(1)'/>",
        "<svg viewBox='0 0 1 1'><foreignObject/></svg>",
        "<svg viewBox='0 0 1 1'><style>*{}</style></svg>",
        "<svg viewBox='0 0 1 1'><a href='javascript:alert(1)'/></svg>",
        "<svg viewBox='0 0 1 1'><use href='http://example.org/#a'/></svg>",
        "<svg viewBox='0 0 1 1'><image href='data:image/png;base64,AA'/></svg>",
        "<svg viewBox='0 0 1 1'><path fill='url(http://example.org/)'/></svg>",
        "<svg viewBox='0 0 1 1'><path style='fill:url(//example.org)'/></svg>",
        "<svg viewBox='0 0 1 1'><path style='onclick:alert(1)'/></svg>",
        "<svg viewBox='0 0 1 1'><animate attributeName='href'/></svg>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg viewBox='0 0 1 1'/>",
        "<svg viewBox='0 0 1 1'><path></svg>",
        "<svg/>",
        "<g/>",
        "not a drawing",
    ],
)
def test_a_drawing_that_could_act_or_load_is_refused(svg: str) -> None:
    with pytest.raises(ValueError, match="SVG drawing"):
        drawing(Markup(svg), prefix="f")


def test_a_drawing_as_a_plain_string_is_data() -> None:
    with pytest.raises(TypeError, match="plain string is data"):
        drawing(str(SVG), prefix="f")  # type: ignore[arg-type]


def test_the_pages_colours_have_names_of_their_own() -> None:
    assert not set(PALETTE) & {colour.name for colour in CHARTS}


@pytest.mark.parametrize(("targets", "said"), [(("", ""), 0), (("at least 95 %", ""), 0), (("every case", "every case"), 1)])  # fmt: skip
def test_a_clause_says_its_verdict_only_where_several_rows_lead_to_it(
    targets: tuple[str, ...], said: int
) -> None:
    rows = [pieces.Measure(f"Row {n}", target=target) for n, target in enumerate(targets)]
    made = pieces.scorecard([pieces.Group("A", "a", [pieces.Clause("A.1", "b", rows, status="meets")])])
    assert made.count('class="verdict"') == said


def test_no_cell_is_empty_and_the_total_is_set_apart() -> None:
    made = pieces.table(
        caption="c", columns=TABLE.columns, rows=[("x", ""), ("y", "1"), ("all", "1")], total=True
    )
    assert '<td class="num"></td>' not in made
    assert made.count('<span class="none">–</span>') == 1
    assert made.count('<tr class="total">') == 1
    assert made.index('class="total"') > made.index(">y<")
    assert 'class="total"' not in pieces.table(caption="c", columns=TABLE.columns, rows=[("x", "1")])
