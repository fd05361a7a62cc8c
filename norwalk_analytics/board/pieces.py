"""The pieces of a board page: finished words and drawings in, HTML out.

Every string is data: it is escaped, whatever it holds. Nothing here counts, rounds or judges; the
one markup that is let in is an SVG drawing, which has to come as `markupsafe.Markup` and is checked
(inline.py). Values are strings: a number, a missing value or a flag is a mistake of the caller's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from norwalk_analytics.board.inline import drawing
from norwalk_analytics.board.marks import ACTION, STATUS, TREND, Shape
from norwalk_analytics.board.plain import checked_id, made, slug, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NOTHING = Markup()
_SHAPES = {"status": STATUS, "trend": TREND, "action": ACTION}


@dataclass(frozen=True, slots=True)
class Items:
    """A table cell that holds several things, as a list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A table cell that holds a status or a trend: its word, with the word's shape."""

    word: str

    @property
    def shape(self) -> Shape:
        """The shape that belongs to the word."""
        return _known(self.word, {**TREND, **STATUS}, "status or trend")


Cell = str | Items | Mark


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a data table; `numeric` sets its figures to the right, digit under digit."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A data table. The first cell of a row is its header. A cell "withheld" is set apart, an empty one is a dash.

    ``total``: the last row is of all the others together.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What the Board did or asked for: `state` is done, due or overdue, `when` a date in words."""

    text: str
    state: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the scorecard, in finished words; an empty string prints as a dash.

    Attributes:
        name: what is measured.
        count: "412 of 448".
        rate: "92.0 %".
        interval: "89.1 to 94.2 %".
        target: "at least 95 %".
        status: a word of `marks.STATUS`.
        status_note: what follows from it ("could tell from 120 cases").
        trend: a word of `marks.TREND`.
        sparkline: an SVG drawing, hidden from assistive technology: the trend's word says it.
        action: the Board's last action on the measure.
        period: what the figures are of ("12 months to March 2026").
        also: further periods and their figures, (("March 2026", "3 of 4"), …).
        anchor: the id of the figure or section that shows the measure.
    """

    name: str
    count: str = ""
    rate: str = ""
    interval: str = ""
    target: str = ""
    status: str = "no target"
    status_note: str = ""
    trend: str = "not charted"
    sparkline: Markup | None = None
    action: Action | None = None
    period: str = ""
    also: Sequence[tuple[str, str]] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause and its measures; with none, `remark` is what its row says."""

    ident: str
    title: str
    measures: Sequence[Measure] = ()
    status: str = ""
    remark: str = "No evidence is collected for this clause."


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the policy, or the last rows ("All audited clauses", with no letter)."""

    letter: str
    title: str
    clauses: Sequence[Clause]


def head(
    *, board: str, title: str, month: str, as_of: str, sample: bool, internal: bool = False, logo: str = ""
) -> Markup:
    """Give the page's header, with its one h1.

    Args:
        board: the Board's name.
        title: the report's title.
        month: the reporting month, "March 2026".
        as_of: the day the figures were taken, "April 15, 2026".
        sample: whether to say in plain sight that the data are made up.
        internal: whether to mark the page "Internal: not for publication".
        logo: the Board's logo as a data URI (logo.py); it stands before the name, so it needs no other words.
    """
    return made("head", board, some(title, "title"), month, as_of, bool(sample), bool(internal), logo)


def brief(points: Iterable[tuple[str, str]]) -> Markup:
    """Give the sentences of "In brief", each a link to what bears it out, and how to read the page.

    Args:
        points: (sentence, id of a section or figure), the most important first.

    >>> made = brief([("Nine findings are overdue.", "findings")])
    >>> print(made.splitlines()[2])
    <li><a href="#findings">Nine findings are overdue.</a></li>
    """
    return made("brief", [(some(said, "sentence"), checked_id(anchor)) for said, anchor in points])


def scorecard(
    groups: Sequence[Group],
    *,
    caption: str = "The policy clause by clause",
    ident: str = "scorecard-table",
) -> Markup:
    """Give the scorecard: every clause in the order given, a row a measure.

    Above it stands how many rows have which status. On a narrow screen each row is a card.

    Raises:
        ValueError: if a status, trend or state is none of the words of marks.py.
    """
    kept = []
    for group in groups:
        clauses = [
            {
                "ident": clause.ident,
                "title": clause.title,
                "status": clause.status and _word(clause.status, "status"),
                "remark": some(clause.remark, "remark"),
                "measures": [_row(measure, clause, ident) for measure in clause.measures],
            }
            for clause in group.clauses
        ]
        kept.append({"letter": group.letter, "title": group.title, "clauses": clauses})
    rows = [clause.measures or ("no evidence",) for group in groups for clause in group.clauses]
    counts = Counter(getattr(row, "status", row) for measures in rows for row in measures)
    key = [(shape, word, str(counts[word])) for word, shape in STATUS.items() if counts[word]]
    return made("scorecard", checked_id(ident), some(caption, "caption"), kept, key, _SHAPES)


def _row(measure: Measure, clause: Clause, ident: str) -> dict[str, Any]:
    """A measure with its words checked and its sparkline made fit for the page."""
    row: dict[str, Any] = {name: getattr(measure, name) for name in Measure.__slots__}
    some(measure.name, "measure's name")
    _word(measure.status, "status")
    _word(measure.trend, "trend")
    if measure.action is not None:
        _word(measure.action.state, "action")
    if measure.anchor:
        checked_id(measure.anchor)
    if measure.sparkline is not None:
        prefix = f"{ident}-{slug(clause.ident)}-{slug(measure.name)}"
        row["sparkline"] = drawing(measure.sparkline, prefix=prefix)
    return row


def figure(
    *,
    ident: str,
    title: str,
    svg: Markup,
    sentence: str,
    caption: str,
    table: Table | None = None,
    newest_right: bool = False,
) -> Markup:
    """Give a figure: what it shows, the sentence, the chart, its numbers and how it was made.

    Args:
        ident: the figure's id, to which links lead: small letters, digits and hyphens.
        title: what it shows, as a heading of level 3; it names the chart.
        svg: the chart, marked as trusted; it is checked all the same (inline.py).
        sentence: what it says, from the same numbers; it describes the chart.
        caption: method, period and rules.
        table: its numbers, behind "Show the numbers".
        newest_right: whether time runs to the right; a phone, where a wide chart scrolls, then
            begins at its right end.
    """
    checked_id(ident)
    drawn = drawing(svg, prefix=ident, label=f"{ident}-title", description=f"{ident}-sentence")
    numbers = "" if table is None else _table(table, f"{ident}-numbers", wide=False)
    some(title, "title")
    said = (some(sentence, "sentence"), caption)
    return made("figure", ident, title, drawn, *said, numbers, "pic-wide" in drawn, bool(newest_right))


def table(
    *,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    note: str = "",
    ident: str = "",
    wide: bool = False,
    total: bool = False,
) -> Markup:
    """Give a data table in a region that scrolls by itself where the screen is too narrow.

    Args:
        caption: what the table holds; it names the region too.
        columns: the columns; the first holds the rows' headers.
        rows: as many cells a row as there are columns: finished strings, `Items` or a `Mark`.
        note: a line below the table.
        ident: the table's id; made from the caption where it isn't given.
        wide: whether it may be as wide as the page.
        total: whether the last row is of all the others together.
    """
    return _table(Table(caption, columns, rows, note, total), ident or f"table-{slug(caption)}", wide=wide)


def paragraphs(texts: Iterable[str]) -> Markup:
    """Give sentences as paragraphs of text."""
    return made("paragraphs", list(texts))


def note(text: str, ident: str = "") -> Markup:
    """Give a remark that stands apart from the text.

    Args:
        text: the remark.
        ident: of the figure or table in whose place it stands, so that links lead to it.

    >>> print(note("Counts below 6 are <withheld>."))
    <p class="note">Counts below 6 are &lt;withheld&gt;.</p>
    """
    said = made("note", text)
    return place(ident, said) if ident else said


def place(ident: str, inside: Markup = _NOTHING) -> Markup:
    """Give a place on the page to which links lead, where what bears its id is not there.

    >>> print(place("overdue", note("No audit finding is open.")))
    <div id="overdue"><p class="note">No audit finding is open.</p></div>
    """
    return Markup('<div id="{}">{}</div>').format(checked_id(ident), inside)


def facts(pairs: Iterable[tuple[str, str | Sequence[str]]]) -> Markup:
    """Give terms and what is to be said of each, as a definition list (method, provenance)."""
    said = [(term, [text] if isinstance(text, str) else list(text)) for term, text in pairs]
    return made("facts", said)


def _table(shown: Table, ident: str, *, wide: bool) -> Markup:
    for number, row in enumerate(shown.rows, 1):
        if len(row) != len(shown.columns):
            msg = (
                f"Row {number} of a table has {len(row)} cells for {len(shown.columns)} columns. "
                "Give every row one cell a column."
            )
            raise ValueError(msg)
    caption = some(shown.caption, "caption")
    looks = (shown.note, bool(wide), bool(shown.total))
    return made("table", checked_id(ident), caption, shown.columns, shown.rows, *looks)


def _word(word: str, kind: str) -> str:
    _known(word, _SHAPES[kind], kind)
    return word


def _known(word: str, shapes: Any, kind: str) -> Shape:
    if word not in shapes:
        msg = f"No such {kind}. One of: {', '.join(shapes)}."
        raise ValueError(msg)
    shape: Shape = shapes[word]
    return shape
