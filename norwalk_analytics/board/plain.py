"""Plain strings on their way into the page: checked, made printable, put into a template."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.runtime import Undefined
from markupsafe import Markup

from norwalk_analytics.telling import CONTROLS, REORDERING

PUBLISHED = "application/vnd.norwalk-analytics.published+html"
INTERNAL = "application/vnd.norwalk-analytics.internal+html"
"""The types of what may stand in a page, beside the HTML that JupyterLab shows."""
TEMPLATES = Path(__file__).parent / "template"

_IDENT = re.compile(r"[a-z][a-z0-9-]*\Z")
_UNPRINTABLE = re.compile(f"[{CONTROLS}{REORDERING}]")


class PageError(ValueError):
    """A notebook that may not become a page, or not as it stands."""


def slug(text: str) -> str:
    """Give the id that belongs to a heading or a caption.

    >>> slug("How good the data is: C.2b")
    'how-good-the-data-is-c-2b'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    return name if name[:1].isalpha() else f"section-{name}".rstrip("-")


def checked_id(ident: str) -> str:
    """Give an id back, if it may be one."""
    if not _IDENT.match(ident):
        msg = "An id has to begin with a small letter and hold small letters, digits and hyphens."
        raise ValueError(msg)
    return ident


def some(text: str, what: str) -> str:
    """Give a text back, if there is any."""
    if not text.strip():
        msg = f"A {what} may not be empty: without it a reader cannot tell what follows."
        raise ValueError(msg)
    return text


def printable(value: object) -> object:
    """Give a string without what no page may hold: control characters, half characters, overrides of the reading order.

    An override in one school's name would turn round the figures of the sentence that names it.

    Raises:
        TypeError: if `value` isn't a string; a number or a None would be printed unrounded.
    """
    if isinstance(value, (Markup, Undefined)):
        return value
    if not isinstance(value, str):
        msg = f"A page takes finished words, not a {type(value).__name__}."
        raise TypeError(msg)
    return _UNPRINTABLE.sub("\ufffd", value)


@cache
def _macros() -> Any:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("pieces.html.j2").module


def made(name: str, *values: object) -> Markup:
    """Give what a macro of pieces.html.j2 makes of some values."""
    fragment: Markup = getattr(_macros(), name)(*values)
    return fragment
