"""The last look at a page: that it holds together, and that nothing in it could act or load."""

from __future__ import annotations

from html.parser import HTMLParser

from norwalk_analytics.board.plain import PageError

_ACTING = frozenset(
    (  # noqa: SIM905 (words, not code)
        "script iframe frame object embed applet form input button textarea select img image "
        "audio video source track base portal template slot foreignobject animate set"
    ).split()
)
_HEAD_ONLY = frozenset(
    "html head body title meta link style".split()  # noqa: SIM905 (words, not code)
)
_LINKS = ("#", "http://", "https://", "mailto:")
_LOADING = frozenset(
    "style src srcset srcdoc action formaction background ping poster data xlink:href".split()  # noqa: SIM905
)
_POINTING = ("aria-labelledby", "aria-describedby")


def check(html: str, logo: str = "") -> None:
    """Refuse a page that doesn't hold together.

    Args:
        html: the page.
        logo: the one picture that it may hold, as a data URI.

    Raises:
        PageError: if two elements share an id, a link or a name leads to no id, the page has not
            exactly one h1, or an element or attribute could act or load.

    >>> check('<h1 id="a">A</h1><a href="#a">to a</a>')
    >>> check("<p>A</p>")
    Traceback (most recent call last):
    norwalk_analytics.board.plain.PageError: The page has 0 headings of level 1, not one: call head.
    """
    reader = _Reader(logo)
    reader.feed(html)
    reader.close()
    if reader.trouble:
        raise PageError(reader.trouble)
    if reader.headings != 1:
        msg = f"The page has {reader.headings} headings of level 1, not one: call head."
        raise PageError(msg)
    for ident in reader.wanted:
        if ident not in reader.ids:
            msg = (
                f'A link of the page leads to "{ident}", which no section, figure or table has '
                "for its id. Correct the anchor, or the heading it is made from."
            )
            raise PageError(msg)


class _Reader(HTMLParser):
    """Collects ids and what leads to them."""

    def __init__(self, logo: str) -> None:
        super().__init__(convert_charrefs=True)
        self._logo = {"class": "logo", "src": logo, "alt": ""} if logo else None
        self.ids: set[str] = set()
        self.wanted: dict[str, None] = {}
        self.headings = 0
        self.trouble = ""
        self._in_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.headings += tag == "h1"
        if tag == "img" and dict(attrs) == self._logo:
            return
        if tag in _ACTING or (self._in_body and tag in _HEAD_ONLY):
            self.trouble = self.trouble or f"The page holds a {tag} element, which it may not."
        self._in_body = self._in_body or tag == "body"
        for name, value in attrs:
            if name.startswith("on") or name in _LOADING:
                self.trouble = self.trouble or f"The page holds a {name} attribute; it may not."
            self._note(name, value or "")

    def handle_comment(self, data: str) -> None:
        """Where a comment ends browsers and Python's parser do not always agree."""
        self.trouble = self.trouble or "The page holds a comment, which it may not."

    unknown_decl = handle_comment

    def _note(self, name: str, value: str) -> None:
        if name == "id":
            if value in self.ids:
                self.trouble = self.trouble or (
                    f'Two parts of the page have the id "{value}". Give one another ident, title or caption.'
                )
            self.ids.add(value)
        elif name == "href":
            if not value.startswith(_LINKS):
                self.trouble = self.trouble or "The page holds a link of a kind that it may not."
            if value.startswith("#"):
                self.wanted[value[1:]] = None
        elif name in _POINTING:
            self.wanted.update(dict.fromkeys(value.split()))
