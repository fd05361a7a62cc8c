"""A notebook that has been run, as one page: safe to open, and saying only what it may.

Printed are the Markdown cells and the outputs that carry this package's own type (``plain.PUBLISHED``
or ``INTERNAL``). Code, prompts, ids, names, times and parameters of the notebook never are, so the
same notebook gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from traitlets import default

from norwalk_analytics.board.checking import check
from norwalk_analytics.board.plain import INTERNAL, PUBLISHED, TEMPLATES, PageError, made, printable, some
from norwalk_analytics.board.prose import Prose
from norwalk_analytics.board.theme import declarations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

__all__ = ["INTERNAL", "PALETTE", "PUBLISHED", "PageError", "render"]

# Colours that the page needs beside those of the pictures (theme.PALETTE): name, light, dark.
PALETTE: Mapping[str, tuple[str, str]] = {
    "muted": ("#4A5560", "#B4BDC6"),  # captions, periods, second lines
    "rule": ("#CDD3D9", "#3A424A"),  # lines that only part things
    "edge": ("#6B7680", "#8A949E"),  # outlines that say "this can be used"
    "panel": ("#F1F4F7", "#1E242A"),  # fills of table heads and notes
    "link": ("#0B4F8A", "#8CC4F5"),
    "focus": ("#B3124F", "#FFD54A"),  # the outline of what has the keyboard
    "flag": ("#FFF1B8", "#463A00"),  # "Made-up sample data"
    "flag-text": ("#2E2500", "#FFF3C2"),
    "internal": ("#801650", "#A8326F"),  # "Internal: not for publication"
    "internal-text": ("#FFFFFF", "#FFFFFF"),
}

ACCENT = ("#12436D", "#5683AE")  # the Board's own colour, where it has set none: light, dark

_LINK, _PIECE_LINK = '<a href="#', '<a data-piece href="#'
_LINKED = re.compile(rf'{_PIECE_LINK}([^"]*)">(.*?)</a>', re.DOTALL)
_WAY_OUT = "Show it with a function of norwalk_analytics.board or take it out"
_FOUND = {
    "stream": "printed text",
    "image": "shows a picture or a chart of another package",
    "text": "shows a value, a table or a chart of another package",
}


def render(
    notebook: NotebookNode,
    *,
    title: str,
    board: str = "",
    accent: tuple[str, str] = ACCENT,
    logo: str = "",
    allow_foreign: bool = False,
) -> str:
    """Give a notebook that has been run as one HTML page.

    Args:
        notebook: the notebook; it isn't changed.
        title: the page's title, for the window, the footer and the foot of each printed page. In the internal
            edition a notebook without a header that begins with a heading has that heading for its title.
        board: the Board's name, which stands beside the title wherever the page is named.
        accent: the Board's colour on a light page and on a dark one.
        logo: the one picture that the page may hold, as a data URI.
        allow_foreign: the internal edition: outputs of the type `INTERNAL` are printed too, any
            other output as plain text, and the page is watermarked.

    Returns:
        The page: one file that loads nothing and runs nothing; the same each time.

    Raises:
        PageError: if an output is neither Markdown nor published, if a cell ended in an error, or
            if the page would not hold together (two equal ids, a link to nowhere).
    """
    _refuse(notebook, allow_foreign=allow_foreign)
    if allow_foreign:
        notebook, title = _titled(notebook, title)
    page = _Page(
        str(printable(some(title, "title"))), str(printable(board)), accent, logo, internal=allow_foreign
    )
    exporter = _Exporter(  # type: ignore[no-untyped-call]
        filters={"prose": page.prose, "fragment": page.fragment}
    )
    exporter.environment.globals["page"] = page  # resources would be a copy
    html, _ = exporter.from_notebook_node(notebook)
    text = _led_somewhere(f"{html}\n")
    check(text, logo)
    return text


class _Page:
    """What the template prints of one page, and what it learns while it prints."""

    def __init__(self, title: str, board: str, accent: tuple[str, str], logo: str, *, internal: bool) -> None:
        self.title, self.board, self.logo = title, board, logo
        self.name = f"{board}. {title}" if board else title
        self.internal = internal
        self.style = Markup(_style(self.name, accent, internal=internal))
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        pictures = "img-src data:; " if logo else ""
        self.policy = (
            f"default-src 'none'; {pictures}style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        self._head = Markup()
        self._prose = Prose()

    @property
    def head(self) -> Markup:
        """The header that the notebook gave, or a plain one."""
        return self._head or made("plain_head", self.board, self.title, self.logo, self.internal)

    @property
    def contents(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Id and words of each section, and of its parts."""
        return self._prose.contents

    def prose(self, source: str) -> Markup:
        """A Markdown cell."""
        html = self._prose.render(source)
        return Markup('<div class="prose">\n{}\n</div>\n').format(html) if html else Markup()

    def fragment(self, output: NotebookNode) -> Markup:
        """An output of a code cell: a fragment of our own, or text in the internal edition."""
        data = output.get("data", {})
        for mimetype in (INTERNAL, PUBLISHED):
            if mimetype in data:
                found = Markup(_joined(data[mimetype]).strip().replace(_LINK, _PIECE_LINK) + "\n")
                if found.startswith("<header"):
                    if self._head:
                        msg = "The page has two headers: call head once."
                        raise PageError(msg)
                    self._head = found
                    return Markup()
                return found
        text = output.get("text") or data.get("text/plain") or "An output that is no text."
        plain: Callable[[str], str] = strip_ansi
        return made("foreign", plain(_joined(text))) + "\n"


class _Exporter(TemplateExporter):
    """nbconvert with our template alone: no preprocessor, no user's configuration."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_extension")
    def _template_extension_default(self) -> str:
        return ".html.j2"

    @default("template_name")
    def _template_name_default(self) -> str:
        return TEMPLATES.name

    @default("template_paths")
    def _template_paths(self, prune: bool = True, root_dirs: object = None) -> list[str]:
        return [str(TEMPLATES)]

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(TEMPLATES.parent)]

    @default("preprocessors")
    def _preprocessors_default(self) -> list[object]:
        return []

    def _init_preprocessors(self) -> None:
        self._preprocessors: list[Any] = []

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True
        environment.trim_blocks = environment.lstrip_blocks = True
        return environment


def _led_somewhere(html: str) -> str:
    """The page, with what a piece says of a section that its author took out as plain words, not as a link.

    Links that the author wrote are left as they are: one that leads nowhere is a mistake to be told.
    """

    def link(found: re.Match[str]) -> str:
        ident, words = found.groups()
        return f'{_LINK}{ident}">{words}</a>' if f' id="{ident}"' in html else words

    return _LINKED.sub(link, html)


def _titled(notebook: NotebookNode, title: str) -> tuple[NotebookNode, str]:
    """A notebook that is no report and begins with a heading is called by it; the heading is not said twice."""
    first, *rest = notebook.cells or [None]
    report = any(
        _joined(html).lstrip().startswith("<header")
        for cell in rest
        for output in cell.get("outputs", ())
        for kind, html in output.get("data", {}).items()
        if kind in (INTERNAL, PUBLISHED)
    )
    if report or first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        return notebook, title
    heading, _, text = first.source.partition("\n")
    words = Prose()
    words.render(heading)
    if not words.contents:
        return notebook, title
    return NotebookNode(
        notebook | {"cells": [NotebookNode(first | {"source": text}), *rest]}
    ), words.contents[0][1]


def _refuse(notebook: NotebookNode, *, allow_foreign: bool) -> None:
    """Stop at the first output that may not be printed, without repeating any of it."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    runs: set[int] = set()
    for number, cell in enumerate(code, 1):
        for output in cell.outputs:
            if output.output_type == "error":
                msg = f"Code cell {number} ended in an error: run the notebook again, whole."
                raise PageError(msg)
            data = output.get("data", {})
            if allow_foreign:
                continue
            if PUBLISHED in data and INTERNAL not in data:
                run = output.get("metadata", {}).get(PUBLISHED, {}).get("run")
                runs |= {run} - {None}
                if len(runs) > 1:
                    msg = (
                        f"Code cell {number} shows figures that were suppressed apart from those before them, so that "
                        "the one could give away what the other withholds: make them with report.also."
                    )
                    raise PageError(msg)
                continue
            if INTERNAL in data:
                msg = (
                    f"Code cell {number} shows figures for internal use, which a published report "
                    "may not carry: pass them through suppress, or make the internal edition."
                )
                raise PageError(msg)
            image = any(mimetype.startswith(("image/", "application/")) for mimetype in data)
            found = _FOUND.get(output.output_type) or _FOUND["image" if image else "text"]
            msg = (
                f"Code cell {number} {found}, which a published report may not carry. "
                f"{_WAY_OUT}, or make the internal edition."
            )
            raise PageError(msg)


def _style(title: str, accent: tuple[str, str], *, internal: bool) -> str:
    """The page's whole style: both palettes, style.css, and what stands at the foot in print."""
    light, dark = (
        " ".join(f"--c-{name}: {pair[mode]};" for name, pair in {**PALETTE, "accent": accent}.items())
        for mode in (0, 1)
    )
    foot = "".join(
        char if char == " " or (char.isascii() and char.isalnum()) else f"\\{ord(char):x} " for char in title
    )
    mark = '@top-center { content: "Internal: not for publication"; }' if internal else ""
    return (
        f":root {{ color-scheme: light dark; {declarations('light')} {light} }}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f":root {{ {declarations('dark')} {dark} }}\n}}\n"
        f"{(TEMPLATES / 'style.css').read_text(encoding='utf-8')}"
        f'@page {{ @bottom-left {{ content: "{foot}"; }} {mark} }}\n'
    )


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
