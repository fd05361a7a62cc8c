"""A tagged PDF as a reader finds it: its structure tree, and what the marks on its pages hold."""

import re
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
    """

    def __init__(self, data):
        self.pdf = pikepdf.open(BytesIO(data))
        self.root = self.pdf.Root
        self.marks, self.outside, self.loose = [], [], []
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
        marks, outside, stack, fonts, font = {}, [], [], {}, None
        for name, one in page.Resources.get("/Font", {}).items():
            fonts[name] = _unicode(one)
        for operands, operator in pikepdf.parse_content_stream(page):
            sign = str(operator)
            if sign in ("BMC", "BDC"):
                mark = operands[1].get("/MCID") if sign == "BDC" else None
                kind = str(operands[0])
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
            elif sign in PAINTS:
                if not stack:
                    self.loose.append((number, sign))
                    continue
                text = ""
                if sign in ("Tj", "TJ"):
                    strings = operands[0] if sign == "TJ" else [operands[0]]
                    text = "".join(font(bytes(s)) for s in strings if isinstance(s, pikepdf.String))
                if stack[-1][1] is None:
                    outside.append(text)
                else:
                    marks[stack[-1][1]] += text
        assert not stack
        self.marks.append(marks)
        self.outside.append("".join(outside))


def _unicode(font):
    """What a font's codes stand for, by its ToUnicode table."""
    table = {}
    source = font.ToUnicode.read_bytes().decode()
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            table[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in source
    return lambda data: "".join(table[data[at] * 256 + data[at + 1]] for at in range(0, len(data), 2))
