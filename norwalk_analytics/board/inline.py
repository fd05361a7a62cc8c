"""SVG that others drew, made safe and plain enough to stand inside a page.

Several drawings share one page, so ids that a drawing uses for itself (clip paths, gradients) get
the figure's own prefix: without it a second ``clip0`` would be cut by the first. Style attributes
become presentation attributes, because the page's Content-Security-Policy lets no style in but its
own. Roles, labels, classes and data attributes inside the drawing are dropped: the figure around
it carries its name, its description and its numbers.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from markupsafe import Markup

ELEMENTS = frozenset(
    (  # noqa: SIM905 (words, not code)
        "svg g defs symbol use clipPath mask pattern marker linearGradient radialGradient stop "
        "path rect circle ellipse line polyline polygon text tspan title desc"
    ).split()
)
_DROPPED = frozenset({"title", "desc", "metadata"})
_UNUSED = frozenset({"role", "tabindex", "version", "focusable"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
LOCAL_URL = re.compile(r"url\(\s*['\"]?#([\w.-]+)['\"]?\s*\)")
FOREIGN = re.compile(r"url\(|javascript:|expression\(|@import|\\", re.IGNORECASE)
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*\Z")
_WIDE = 480


def drawing(svg: Markup, *, prefix: str, label: str = "", description: str = "") -> Markup:
    """Give one SVG drawing as markup that may stand in a page.

    Args:
        svg: a whole ``<svg>`` element, marked as trusted by its maker.
        prefix: put before every id in the drawing, so that ids differ between drawings.
        label: id of the element that names the drawing; without it the drawing is hidden from
            assistive technology, as something that words beside it say already.
        description: id of the element that describes it.

    Raises:
        TypeError: if `svg` is a plain string, which is data and never markup.
        ValueError: if `svg` isn't well-formed XML, or holds anything that could act or load.

    >>> drawing(Markup('<svg width="9" height="5"><path d="M0 0"/></svg>'), prefix="a")
    Markup('<svg width="9" height="5" viewBox="0 0 9 5" aria-hidden="true"><path d="M0 0" /></svg>')
    """
    if not isinstance(svg, Markup):
        msg = "An SVG drawing has to come as markupsafe.Markup; a plain string is data."
        raise TypeError(msg)
    text = str(svg)
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        msg = "An SVG drawing may hold no document type and no entities."
        raise ValueError(msg)
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        msg = f"An SVG drawing has to be well-formed XML: {error}."
        raise ValueError(msg) from None
    _clean(root, prefix)
    if root.tag != "svg":
        msg = f"An SVG drawing has to be an svg element, not {root.tag!r}."
        raise ValueError(msg)
    width = measured(root)
    if label:
        root.set("role", "img")
        root.set("aria-labelledby", label)
        if description:
            root.set("aria-describedby", description)
    else:
        root.set("aria-hidden", "true")
    if width >= _WIDE:
        root.set("class", " ".join(filter(None, (root.get("class"), "pic-wide"))))
    root.tail = None
    return Markup(ET.tostring(root, encoding="unicode"))  # built by an XML writer, which escapes


def measured(root: ET.Element) -> float:
    """Give the drawing's width in pixels; set width, height and viewBox, whichever it lacks."""
    sides = [_LENGTH.match(root.get(side, "")) for side in ("width", "height")]
    width, height = ("" if side is None else side[1] for side in sides)
    if "viewBox" not in root.attrib and width and height:
        root.set("viewBox", f"0 0 {width} {height}")
    box = root.get("viewBox", "").replace(",", " ").split()
    if len(box) != 4:
        msg = "An SVG drawing has to say its size, by a viewBox or by its width and height."
        raise ValueError(msg)
    root.set("width", width or box[2])
    root.set("height", height or box[3])
    return float(root.get("width", "0"))


def _clean(element: ET.Element, prefix: str) -> None:
    """Rename, check and prune an element and all below it, in place."""
    element.tag = local(element.tag)
    if element.tag not in ELEMENTS:
        msg = f"An SVG drawing may hold no {element.tag!r} element."
        raise ValueError(msg)
    kept: dict[str, str] = {}
    for name, value in element.attrib.items():
        kept.update(_attribute(local(name), value, prefix))
    element.attrib.clear()
    element.attrib.update(kept)
    for child in list(element):
        name = local(child.tag)
        if name in _DROPPED or child.get("display") == "none":
            element.remove(child)
        else:
            _clean(child, prefix)


def _attribute(name: str, value: str, prefix: str) -> dict[str, str]:
    """The attributes that stand for one of a drawing's; none where it isn't needed."""
    lower = name.lower()
    if lower == "style":
        return _style(value, prefix)
    if lower.startswith("on") or not _NAME.match(name):
        msg = f"An SVG drawing may hold no {name!r} attribute."
        raise ValueError(msg)
    if lower == "class":
        kept = [name for name in value.split() if name.startswith("pic")]
        return {"class": " ".join(kept)} if kept else {}
    if lower in _UNUSED or lower.startswith(("aria-", "data-")):
        return {}
    if lower == "id":
        return {"id": f"{prefix}-{value}"}
    if lower == "href":
        if not value.startswith("#"):
            msg = "An SVG drawing may link to nothing outside itself."
            raise ValueError(msg)
        return {"href": f"#{prefix}-{value[1:]}"}
    own = LOCAL_URL.sub(rf"url(#{prefix}-\1)", value)
    if name != "d" and FOREIGN.search(LOCAL_URL.sub("", value)):
        msg = f"An SVG drawing may load nothing, as its {name!r} attribute would."
        raise ValueError(msg)
    return {name: own}


def _style(value: str, prefix: str) -> dict[str, str]:
    """A style attribute's declarations as presentation attributes."""
    attributes: dict[str, str] = {}
    for declaration in filter(str.strip, value.split(";")):
        name, _, setting = (part.strip() for part in declaration.partition(":"))
        if name.lower() in {"style", "id", "href"} or not setting:
            msg = "An SVG drawing's style attribute has to hold declarations alone."
            raise ValueError(msg)
        attributes.update(_attribute(name, setting, prefix))
    return attributes


def local(name: str) -> str:
    """An element's or attribute's name without its namespace."""
    return name.rpartition("}")[2]
