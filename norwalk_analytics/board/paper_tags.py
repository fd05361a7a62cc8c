"""The structure tree of a PDF that WeasyPrint made, mended where it has holes.

WeasyPrint tags every page for itself. So a table of two pages is two tables there, the second without a
caption; page numbers, repeated table heads and decoration look like content; header cells have no scope;
numbers of objects stand in the ids of header cells, and a picture's place is measured from the page's top.
All of that is put right here, in the tree and in the marks of the pages, just before the file is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_JOINED = frozenset({"/Div", "/Part", "/Sect", "/NonStruct", "/L", "/Table", "/TBody"})
"""What goes on over the foot of a page; paper.css lets nothing else break."""
_BEGINNINGS = frozenset({"/Caption", "/H1", "/H2", "/H3", "/H4", "/H5", "/H6"})
_CELLS = frozenset({"/TH", "/TD"})
_POINTS = 0.75  # of a CSS pixel
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def mend(pdf: Any, *, title: str, lang: str, called: Mapping[str, str], lists: Sequence[bool]) -> None:
    """Mend the tags of a PDF, before it is written.

    Args:
        pdf: The `pydyf.PDF` that WeasyPrint filled, with tags.
        title: The document's title, for its metadata.
        lang: Its language.
        called: What the places are called that links lead to, by id.
        lists: Of each list, in reading order, whether it is numbered.
    """
    _Tree(pdf).mend(lists)
    _name_links(pdf, called)
    _describe(pdf, title, lang)


class _Tree:
    """The structure tree, as the objects of pydyf that it is made of."""

    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf
        self.root = self._at(pdf.catalog["StructTreeRoot"])
        self.document = self._at(self.root["K"][0])
        self._owner: dict[int, bytes] = {}  # of what was joined, by the number of what it was

    def mend(self, lists: Sequence[bool]) -> None:
        self._join_pages()
        self._drop_decoration()
        self._drop_empty(self.document)
        self._join_links(self.document)
        tables = [one for one in self._below(self.document) if one["S"] == "/Table"]
        self._head_cells(tables)
        for figure in [one for one in self._below(self.document) if one["S"] == "/Figure"]:
            self._place(figure)
        found = [one for one in self._below(self.document) if one["S"] == "/L"]
        for items, numbered in zip(found, lists, strict=False):
            self._number(items, numbered)
        self._rest_is_artifact()

    def _at(self, reference: bytes) -> Any:
        return self.pdf.objects[int(reference.split()[0])]

    def _kids(self, element: Any) -> list[Any]:
        """The elements right below one; content and annotations are left out."""
        found = [self._at(kid) for kid in element["K"] if isinstance(kid, bytes)]
        return [one for one in found if one.get("Type") == "/StructElem"]

    def _below(self, element: Any) -> Iterator[Any]:
        """The elements below one, in reading order."""
        for kid in self._kids(element):
            yield kid
            yield from self._below(kid)

    def _remove(self, element: Any) -> None:
        self._at(element["P"])["K"].remove(element.reference)

    def _join_pages(self) -> None:
        """Join what goes on over the foot of a page."""
        pages: dict[bytes, list[Any]] = {}
        for element in self._kids(self.document):
            pages.setdefault(element["Pg"], []).append(element)
        self.document["K"].clear()
        for elements in pages.values():
            self._append(self.document, elements)

    def _append(self, parent: Any, elements: list[Any]) -> None:
        """Put the elements of a page's beginning behind those of the last page's end."""
        last = self._kids(parent)[-1:]
        if last and parent["S"] == "/Table":  # the head of the table, printed again
            elements = [one for one in elements if one["S"] != "/THead"]
        if last and elements and self._goes_on(last[0], elements[0]):
            self._append(last[0], self._kids(elements[0]))
            elements = elements[1:]
        for element in elements:
            element["P"] = parent.reference
            parent["K"].append(element.reference)

    def _goes_on(self, last: Any, first: Any) -> bool:
        """Whether the second is the rest of the first: it begins with no heading and no caption of its own."""
        if last["S"] != first["S"] or first["S"] not in _JOINED:
            return False
        beginning = next(iter(self._kids(first)), {"S": ""})
        return beginning["S"] not in _BEGINNINGS

    def _drop_decoration(self) -> None:
        """Take pictures without words out of the tree: what they say stands beside them."""
        for element in list(self._below(self.document)):
            if element["S"] == "/Figure" and not ("Alt" in element and element["Alt"].string.strip()):
                self._remove(element)

    def _drop_empty(self, element: Any) -> None:
        """Take out what holds nothing, save cells, without which a row would be short."""
        for kid in self._kids(element):
            self._drop_empty(kid)
            if not kid["K"] and kid["S"] not in _CELLS:
                self._remove(kid)

    def _join_links(self, element: Any) -> None:
        """Join the lines of a link: WeasyPrint makes a link of each."""
        last = None
        for kid in self._kids(element):
            self._join_links(kid)
            if kid["S"] != "/Link":
                last = None
                continue
            self._drop_inner_links(kid)
            if last is not None and self._target(kid) == self._target(last):
                self._remove(kid)
                last["K"].extend(kid["K"])
                for part in self._kids(kid):
                    part["P"] = last.reference
                self._owner.update({kid.number: last.reference})
            else:
                last = kid

    def _drop_inner_links(self, link: Any) -> None:
        """Take out the annotations of what stands within a link: it has one already."""
        numbers = self._at(self.root["ParentTree"])["Nums"]
        annotations = self._at(link["Pg"])["Annots"]
        for part in self._below(link):
            for kid in [one for one in part["K"] if isinstance(one, bytes)]:
                if self._at(kid).get("Type") == "/OBJR":
                    part["K"].remove(kid)
                    annotation = self._at(self._at(kid)["Obj"])
                    annotations.remove(annotation.reference)
                    place = numbers[::2].index(annotation["StructParent"])
                    del numbers[2 * place : 2 * place + 2]
                    annotation.clear()
                    self._at(kid).clear()

    def _target(self, link: Any) -> Any:
        """Where a link leads, and the page that it stands on."""
        for kid in link["K"]:
            found = self._at(kid) if isinstance(kid, bytes) else {}
            if found.get("Type") == "/OBJR":
                target = self._at(found["Obj"])
                return link["Pg"], target.get("Dest", target.get("A")).data
        return None

    def _head_cells(self, tables: list[Any]) -> None:
        """Scopes and ids of head cells, and which of them each cell belongs to."""
        import pydyf

        ids: list[tuple[str, bytes]] = []
        for number, table in enumerate(tables, 1):
            columns: list[Any] = []
            for at, row in enumerate(one for one in self._below(table) if one["S"] == "/TR"):
                in_head = self._at(row["P"])["S"] == "/THead"
                row_heads: list[Any] = []
                for column, cell in enumerate(self._kids(row)):
                    if cell["S"] == "/TH":
                        name = f"t{number:04}r{at:04}c{column:02}"
                        cell["ID"] = pydyf.String(name)
                        cell["A"]["Scope"] = "/Column" if in_head else "/Row"
                        (columns if in_head else row_heads).append(cell["ID"])
                        ids.append((name, cell.reference))
                    elif column < len(columns):
                        cell["A"]["Headers"] = pydyf.Array([columns[column], *row_heads])
                    else:
                        cell["A"].pop("Headers", None)
        names = pydyf.Array()
        for name, reference in sorted(ids):
            names.extend((pydyf.String(name), reference))
        if names:
            limits = pydyf.Array((names[0], names[-2]))
            leaf = pydyf.Dictionary({"Limits": limits, "Names": names})
            self.pdf.add_object(leaf)
            self.root["IDTree"] = pydyf.Dictionary({"Kids": pydyf.Array([leaf.reference])})

    def _place(self, figure: Any) -> None:
        """A picture's place, in points from the foot of its page."""
        import pydyf

        height = self._at(figure["Pg"])["MediaBox"][3]
        left, top, right, bottom = (_POINTS * side for side in figure["A"]["BBox"])
        figure["A"]["BBox"] = pydyf.Array(
            [round(side, 2) for side in (left, height - bottom, right, height - top)]
        )
        figure["A"]["Placement"] = "/Block"

    def _number(self, items: Any, numbered: bool) -> None:
        """How a list is numbered, where its items have labels."""
        import pydyf

        parts = [part["S"] for item in self._kids(items) for part in self._kids(item)]
        kind = "/None" if "/Lbl" not in parts else "/Decimal" if numbered else "/Disc"
        items["A"] = pydyf.Dictionary({"O": "/List", "ListNumbering": kind})

    def _rest_is_artifact(self) -> None:
        """Mark what stands in no tree as artifact: page numbers, repeated heads, decoration."""
        import pydyf

        numbers = self._at(self.root["ParentTree"])["Nums"]
        for at, entry in enumerate(numbers):
            if isinstance(entry, list):
                entry[:] = [self._owner.get(self._at(one).number, one) for one in entry]
            elif isinstance(entry, bytes):
                numbers[at] = self._owner.get(self._at(entry).number, entry)
        kept = {one.number for one in self._below(self.document)} | {self.document.number}
        owners = dict(zip(numbers[::2], numbers[1::2], strict=True))
        for reference in self.pdf.page_references:
            page = self._at(reference)
            parents = owners[page["StructParents"]]
            stream = self._at(page["Contents"]).stream
            for at, item in enumerate(stream):
                if not (isinstance(item, pydyf.Dictionary) and "MCID" in item):
                    continue
                owner = self._at(parents[item["MCID"]])
                if owner.number in kept:
                    continue
                parents[item["MCID"]] = "null"
                stream[at - 1] = "/Artifact"
                stream[at] = pydyf.Dictionary(
                    {"Type": "/Layout" if owner["S"] == "/Figure" else "/Pagination"}
                )
        for element in self.pdf.objects:
            if (
                isinstance(element, pydyf.Dictionary)
                and element.get("Type") == "/StructElem"
                and element.number not in kept
            ):
                element.clear()


def _name_links(pdf: Any, called: Mapping[str, str]) -> None:
    """Say of each link where it leads."""
    import pydyf

    for one in pdf.objects:
        if isinstance(one, dict) and one.get("Subtype") == "/Link" and "Dest" in one:
            ident = one["Dest"].string
            one["Contents"] = pydyf.String(f"To: {called.get(ident, ident)}")


def _describe(pdf: Any, title: str, lang: str) -> None:
    """The title and the language as metadata; no date, and no claim of PDF/UA (docs/pdf.md)."""
    import pydyf

    text = _XMP.format(title=escape(title), lang=escape(lang))
    stream = pydyf.Stream([text.encode()], {"Type": "/Metadata", "Subtype": "/XML"})
    pdf.add_object(stream)
    pdf.catalog["Metadata"] = stream.reference
