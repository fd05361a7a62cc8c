"""The Board's logo: a PNG, JPEG or SVG file of its contract, as the page embeds it.

A page's bytes are looked into, so what a picture carries besides itself (who drew it, with what, where and when)
is left out of it; an SVG that could act or load is refused.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib
from base64 import b64encode
from pathlib import Path

from norwalk_analytics.board.inline import ELEMENTS, FOREIGN, LOCAL_URL, local, measured
from norwalk_analytics.intake.contract import Contract
from norwalk_analytics.policy import UserError

LARGEST = 200_000
DEEPEST = 100
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_SVG = "http://www.w3.org/2000/svg"
_OF_THE_PICTURE = frozenset("IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT".split())  # noqa: SIM905 (words, not code)
_BARE_MARKERS = (0x01, *range(0xD0, 0xD8))  # of a JPEG: they have no length
_FILTERS = frozenset(
    (  # noqa: SIM905 (words, not code)
        "filter feBlend feColorMatrix feComponentTransfer feComposite feFlood feFuncA feFuncB feFuncG feFuncR "
        "feGaussianBlur feMerge feMergeNode feMorphology feOffset"
    ).split()
)
_DRAWN = ELEMENTS | _FILTERS | {"style"}
_UNDRAWN = frozenset({"title", "desc", "metadata"})


def logo_of(contract: Contract) -> str:
    """The logo as a data URI; empty where the Board has none.

    Raises:
        UserError: if there is no such file beside policy.toml, or it is none that may stand in a page.

    Example:
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> logo_of(read_contract())
        ''
    """
    name = contract.policy.look.logo
    if not name:
        return ""
    path = contract.files.get(name)
    if path is None:
        message = f"policy.toml: there is no logo {name} beside it. Put the file there, or take the line out."
        raise UserError(message)
    kind, picture = embedded(path)
    return f"data:image/{kind};base64,{b64encode(picture).decode()}"


def embedded(path: Path) -> tuple[str, bytes]:
    """The kind of a picture, by what it holds, and the bytes that a page embeds.

    Args:
        path: a PNG, JPEG or SVG file.

    Raises:
        UserError: if it can't be read, is too large, of another type, not whole, or could act or load.
    """
    try:
        size = path.stat().st_size
        data = b"" if size > LARGEST else path.read_bytes()
    except OSError as error:
        raise _refused(path, f"could not be opened: {error.strerror}") from None
    if size > LARGEST:
        raise _refused(path, f"holds {size // 1000} KB; a logo may hold 200 KB, for it is in every page")
    if data.startswith(_PNG):
        return "png", _png(path, data)
    if data.startswith(_JPEG):
        return "jpeg", _jpeg(path, data)
    if b"<svg" in data or b":svg" in data:
        return "svg+xml", _svg(path, data)
    raise _refused(path, "is neither a PNG, a JPEG nor an SVG file, by what it holds")


def _refused(path: Path, why: str) -> UserError:
    return UserError(f"The logo {path.name} {why}.")


def _png(path: Path, data: bytes) -> bytes:
    """The chunks that make the picture, of a still one."""
    kept, at, name = [_PNG], len(_PNG), ""
    while name != "IEND":
        length = int.from_bytes(data[at : at + 4])
        body, end = data[at + 4 : at + 8 + length], at + 12 + length
        if end > len(data) or zlib.crc32(body) != int.from_bytes(data[end - 4 : end]):
            raise _refused(path, "is not a whole PNG file: save it again")
        name = body[:4].decode("latin-1")
        if name in _OF_THE_PICTURE:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _jpeg(path: Path, data: bytes) -> bytes:
    """The segments that make the picture, with its colour profile and without what is said about it."""
    kept, at = [data[:2]], 2
    while at + 1 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xD9:
            return b"".join([*kept, data[at : at + 2]])
        length = 0 if marker in _BARE_MARKERS else int.from_bytes(data[at + 2 : at + 4])
        end = at + 2 + length
        if marker == 0xDA:  # the picture's own bytes follow, in which FF 00 and the restarts are no markers
            while end + 1 < len(data) and (data[end] != 0xFF or data[end + 1] in (0, *_BARE_MARKERS)):
                end += 1
        said = 0xE0 <= marker <= 0xEF and not data[at + 4 : end].startswith(
            (b"JFIF", b"ICC_PROFILE", b"Adobe")
        )
        if not said and marker != 0xFE:
            kept.append(data[at:end])
        at = end
    raise _refused(path, "is not a whole JPEG file: save it again")


def _svg(path: Path, data: bytes) -> bytes:
    """The drawing alone, if nothing in it could act or load."""
    try:
        text = data.decode("utf-8-sig")
        for mark, name in (
            ("<!doctype", "a document type"),
            ("<!entity", "an entity"),
            ("<?xml-stylesheet", "a foreign style"),
        ):
            if mark in text.lower():
                raise _held(path, name)
        root = ET.fromstring(text)
    except (UnicodeDecodeError, ET.ParseError):
        raise _refused(path, "is not an SVG file that can be read: save it again, as plain SVG") from None
    if local(root.tag) != "svg":
        raise _refused(path, "is neither a PNG, a JPEG nor an SVG file, by what it holds")
    _clean(path, root)
    try:
        measured(root)
    except ValueError:
        raise _refused(
            path, "does not say its size: save it with a viewBox, or with width and height"
        ) from None
    root.tail = None
    root.set("xmlns", _SVG)
    return ET.tostring(root, encoding="unicode").encode()


def _held(path: Path, what: str) -> UserError:
    return _refused(path, f"holds {what}, which a logo may not. Save it as plain SVG, without it")


def _clean(path: Path, element: ET.Element, depth: int = 0) -> None:
    """Check an element and all below it, and leave out what draws nothing, in place."""
    if depth > DEEPEST:
        raise _held(path, f"groups within groups, more than {DEEPEST} deep")
    space, name = element.tag.rpartition("}")[0].lstrip("{"), local(element.tag)
    if name not in _DRAWN or space not in ("", _SVG):
        raise _held(path, "a script" if name.lower() == "script" else f"an element {name}")
    element.tag = name
    if name == "style":
        _harmless(path, "its style", element.text or "")
    kept = {}
    for full, value in element.attrib.items():
        attribute = local(full)
        if attribute.lower().startswith("on"):
            raise _held(path, f"a script ({attribute})")
        if attribute == "href":
            if not value.startswith("#"):
                raise _held(path, "a link to something outside itself")
            kept[attribute] = value
        elif "}" not in full:
            if attribute != "d":
                _harmless(path, attribute, value)
            kept[attribute] = value
    element.attrib.clear()
    element.attrib.update(kept)
    for child in list(element):
        drawing = child.tag.startswith(f"{{{_SVG}}}") or "}" not in child.tag
        acts = local(child.tag).lower() in ("script", "foreignobject", "iframe", "object", "embed", "handler")
        if not acts and (not drawing or local(child.tag) in _UNDRAWN):
            element.remove(child)
        else:
            _clean(path, child, depth + 1)


def _harmless(path: Path, where: str, value: str) -> None:
    """UserError if a value could load something or act."""
    rest = LOCAL_URL.sub("", value)
    if FOREIGN.search(rest) or "//" in rest or "image-set" in rest or "data:" in rest:
        raise _held(path, f"something that it would load or run ({where})")
