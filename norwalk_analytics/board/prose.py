"""Markdown cells as HTML: nbconvert's Markdown, with everything shut that could act or load."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from norwalk_analytics.board.plain import PageError, printable, slug

_ALLOWED_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s\x00-\x1f]*\Z", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


class Prose:
    """The Markdown of one page, cell after cell.

    Headings get ids from their words, numbered where two are alike. The page's one h1 belongs to
    its header, so ``#`` gives an h2, and no level is skipped on the way down.

    Attributes:
        contents: (id, words, parts) of each h2 so far, for the table of contents; its parts are (id, words) of its h3.
    """

    def __init__(self) -> None:
        """Start a page without headings."""
        self.contents: list[tuple[str, str, list[tuple[str, str]]]] = []
        self._ids: set[str] = set()
        self._level = 1

    def render(self, source: str) -> Markup:
        r"""Give one cell's Markdown as HTML; raw HTML in it comes out as the text that it is.

        Raises:
            PageError: if the cell holds an image, which would be loaded or could show anything.

        >>> print(Prose().render("# Method\n<b>Not</b> *bold*."))
        <h2 id="method">Method</h2>
        <p>&lt;b&gt;Not&lt;/b&gt; <em>bold</em>.</p>
        """
        markdown = MarkdownWithMath(renderer=_Renderer(self))
        html = markdown.render(str(printable(source)))
        return Markup(html.strip())  # every rule of the renderer escapes what it is given

    def heading(self, html: str, level: int) -> str:
        """Give a heading an id and its place in the order of levels."""
        self._level = max(2, min(level, self._level + 1))
        words = unescape(_TAG.sub("", html)).strip()
        if not words:
            return ""
        base = ident = slug(words)
        number = 1
        while ident in self._ids:
            number += 1
            ident = f"{base}-{number}"
        self._ids.add(ident)
        if self._level == 2:
            self.contents.append((ident, words, []))
        elif self._level == 3 and self.contents:
            self.contents[-1][2].append((ident, words))
        return f'<h{self._level} id="{ident}">{html}</h{self._level}>\n'


class _Renderer(IPythonRenderer):
    """nbconvert's renderer without raw HTML, images, Mermaid, inline styles or strange links."""

    def __init__(self, prose: Prose) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
        self._prose = prose

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return self._prose.heading(text, level)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not _ALLOWED_LINK.match(url):
            return text
        return f'<a href="{escape(url)}" rel="noreferrer">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        msg = (
            "A Markdown cell holds an image, which a page that loads nothing cannot show. "
            "Take it out, or draw it as a figure of norwalk_analytics.board."
        )
        raise PageError(msg)

    def block_code(self, code: str, info: str | None = None) -> str:
        return f'<pre tabindex="0"><code>{escape(code)}</code></pre>\n'

    def table(self, text: str) -> str:
        return (
            '<div class="scroll" role="region" aria-label="Table" tabindex="0">'
            f"<table>\n{text}</table></div>\n"
        )

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        kind = ' class="num"' if align == "right" else ""
        return f'<th scope="col"{kind}>{text}</th>\n' if head else f"<td{kind}>{text}</td>\n"

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'Done: ' if checked else 'To do: '}{text}</li>\n"
