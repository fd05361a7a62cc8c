"""A tagged PDF as a reader finds it: its structure tree, and what the marks on its pages hold."""

import re
import struct
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf

PAINTS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "INLINE IMAGE"}


@dataclass(eq=False)
class Element:
    """An element of the tree: its type, its dictionary, what is below, and the text of its own marks."""

    kind: str
    raw: pikepdf.Object
    parent: "Element | None"
    kids: list = field(default_factory=list)  # elements, texts, annotations, in reading order

    @property
    def elements(self):
        return [kid for kid in self.kids if isinstance(kid, Element)]

    def below(self):
        for kid in self.elements:
            yield kid
            yield from kid.below()

    def of(self, *kinds):
        return [one for one in self.below() if one.kind in kinds]

    @property
    def text(self):
        parts = [
            kid if isinstance(kid, str) else kid.text for kid in self.kids if isinstance(kid, str | Element)
        ]
        return "".join(parts)


class Tagged:
    """A PDF's tree and pages.

    Attributes:
        tree: the element at its root.
        marks: of each page, the content of each mark by its number: (text, paints).
        outside: of each page, the text of its artifacts.
        loose: what is painted outside of every mark, and marks within marks.
        fonts: the fonts that are used.
    """

    def __init__(self, data):
        self.pdf = pikepdf.open(BytesIO(data))
        self.root = self.pdf.Root
        self.marks, self.outside, self.loose, self.fonts = [], [], [], {}
        for number, page in enumerate(self.pdf.pages, 1):
            self._read(number, page)
        self._pages = {page.objgen: at for at, page in enumerate(self.pdf.pages)}
        self.used = set()
        self.tree = self._element(self.root.StructTreeRoot.K[0], None)

    def _element(self, raw, parent):
        made = Element(str(raw.S)[1:], raw, parent)
        for kid in raw.K if isinstance(raw.get("/K"), pikepdf.Array) else []:
            if isinstance(kid, int):
                at = self._pages[raw.Pg.objgen]
                assert (at, int(kid)) not in self.used
                self.used.add((at, int(kid)))
                made.kids.append(self.marks[at][int(kid)])
            elif kid.get("/Type") == "/OBJR":
                made.kids.append(kid.Obj)
            else:
                assert kid.P.objgen == raw.objgen
                made.kids.append(self._element(kid, made))
        return made

    def _read(self, number, page):
        marks, outside, stack = {}, [], []
        self._content(number, page, marks, outside, stack)
        assert not stack
        self.marks.append(marks)
        self.outside.append("".join(outside))

    def _content(self, number, source, marks, outside, stack):
        """Read a page, or a form drawn on it."""
        fonts = {name: self._font(one) for name, one in source.Resources.get("/Font", {}).items()}
        font = None
        for operands, operator in pikepdf.parse_content_stream(source):
            sign = str(operator)
            if sign in ("BMC", "BDC"):
                kind, mark = str(operands[0]), operands[1].get("/MCID") if sign == "BDC" else None
                if stack and (kind == "/Artifact" or stack[-1][0] == "/Artifact" or mark is not None):
                    self.loose.append((number, f"{kind} within {stack[-1]}"))
                if mark is not None:
                    assert int(mark) not in marks
                    marks[int(mark)] = ""
                elif kind != "/Artifact":
                    self.loose.append((number, f"{kind} without a number"))
                stack.append((kind, None if mark is None else int(mark)))
            elif sign == "EMC":
                stack.pop()
            elif sign == "Tf":
                font = fonts[str(operands[0])]
            elif sign in PAINTS and not stack:
                self.loose.append((number, sign))
            elif sign in ("Tj", "TJ"):
                strings = operands[0] if sign == "TJ" else [operands[0]]
                shown = b"".join(bytes(one) for one in strings if isinstance(one, pikepdf.String))
                text = "".join(font.say(code) for (code,) in struct.iter_unpack(">H", shown))
                if stack[-1][1] is None:
                    outside.append(text)
                else:
                    marks[stack[-1][1]] += text
            elif sign == "Do":
                form = source.Resources.XObject[str(operands[0])]
                if form.Subtype == "/Form":
                    self._content(number, form, marks, outside, stack)

    def _font(self, raw):
        return self.fonts.setdefault(raw.objgen, Font(raw))


class Font:
    """A font of two-byte codes that are its glyphs' numbers: what they stand for, and which are used."""

    def __init__(self, raw):
        assert raw.Encoding == "/Identity-H"
        self.raw, self.used = raw, set()
        source = raw.ToUnicode.read_bytes().decode()
        assert "beginbfrange" not in source
        self.table = {
            int(code, 16): bytes.fromhex(text).decode("utf-16-be")
            for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL)
            for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block)
        }

    def say(self, code):
        self.used.add(code)
        return self.table[code]

    @property
    def widths(self):
        """The width of each code, in thousandths of its size."""
        found, rest = {}, list(self.raw.DescendantFonts[0].W)
        while rest:
            first, second = int(rest.pop(0)), rest.pop(0)
            if isinstance(second, pikepdf.Array):
                found |= {first + at: float(width) for at, width in enumerate(second)}
            else:
                found |= dict.fromkeys(range(first, int(second) + 1), float(rest.pop(0)))
        return found
