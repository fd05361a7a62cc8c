"""A piece of the report: HTML that may be published, or bears the mark of the internal edition; made of what may be shown alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from norwalk_analytics.board import exploring
from norwalk_analytics.board.plain import INTERNAL, PUBLISHED
from norwalk_analytics.board.theme import declarations
from norwalk_analytics.oversight.disclosure import Internal, Publishable, Shown

DARK = f'<style>[data-jp-theme-light="false"] .picture {{ {declarations("dark")} }}</style>'
"""What a page's own style sheet says of pictures on a dark screen, for JupyterLab's dark themes."""


@dataclass(frozen=True, repr=False)
class Fragment:
    """A piece of the report: it shows itself in JupyterLab, and the page prints it.

    Attributes:
        html: the piece.
        internal: whether it may stand in the internal edition only.
        words: what it shows, where HTML can't be.
        run: which ``suppress`` made its figures.
        explored: of an internal chart, makes what JupyterLab draws after ``interactive()``; most are never asked.
    """

    html: str
    internal: bool = False
    words: str = "<a piece of the report>"
    run: int = 0
    explored: Callable[[], exploring.Spec] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """What stands where HTML can't be shown."""
        return f"Internal: not for publication. {self.words}" if self.internal else self.words

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.internal and self.explored and exploring.is_interactive():
            return exploring.bundle(self.explored(), self.html, repr(self))
        mark = "<p><strong>Internal: not for publication</strong></p>" if self.internal else ""
        dark = DARK if "<svg" in self.html else ""
        kind = INTERNAL if self.internal else PUBLISHED
        data = {kind: str(self.html), "text/html": f"{dark}{mark}{self.html}", "text/plain": repr(self)}
        return data, {kind: {"run": self.run}} if self.run else {}


def fragment(
    html: Markup,
    shown: Shown,
    words: str = Fragment.words,
    explored: Callable[[], exploring.Spec] | None = None,
) -> Fragment:
    """A piece made from figures; TypeError where they are neither Publishable nor Internal."""
    run = shown.run if isinstance(shown, Publishable) else 0
    within = isinstance(may_be_shown(shown), Internal)
    return Fragment(str(html), within, words, run, explored if within else None)


def may_be_shown(shown: Shown) -> Shown:
    """What suppress or internal gave; TypeError for anything else."""
    if not isinstance(shown, Publishable | Internal):
        message = "A chart takes what suppress or internal gives, not a frame."
        raise TypeError(message)
    return shown


def watermarked(svg: str, shown: Shown) -> Markup:
    """The picture, marked where it is internal."""
    if not isinstance(shown, Internal):
        return Markup(svg)
    mark = (
        '<text x="50%" y="55%" text-anchor="middle" font-size="26" fill-opacity="0.25" '
        'fill="var(--c-plum, #801650)">Internal: not for publication</text></svg>'
    )
    return Markup(svg.removesuffix("</svg>") + mark)
