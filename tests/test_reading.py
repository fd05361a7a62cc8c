"""Text files are read as by the csv module, whichever way is taken; and well-formed ones by Polars."""

import csv
import io
import string
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from norwalk_analytics.intake import delimited, plain_text, reading, texts
from norwalk_analytics.policy import UserError

BLANK = texts.SPACE


def by_csv_module(data):
    """Headers, rows, ragged, blank and what was assumed: the csv module alone, on the whole text."""
    text, encoding = decoded(data)
    delimiter = max(",;\t|", key=lambda one: header_width(text, one))
    old = csv.field_size_limit(sys.maxsize)
    rows = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        rows = list(whole_records(text, delimiter))
        end = "unexpected end" in str(error)
        cause = "opens a quote that is never closed" if end else "has a quote inside a quoted cell"
        return f"t.csv: row {len(rows) + 1} {cause}, so where rows end can't be told. Nothing was loaded."
    finally:
        csv.field_size_limit(old)
    headers, found, ragged, blank = None, [], {}, 0
    for number, row in enumerate(rows, 1):
        if not "".join(row).strip(BLANK):
            blank += headers is not None
        elif headers is None:
            room, headers = len(row), list(row)
            while not headers[-1].strip(BLANK):
                headers.pop()
        else:
            while len(headers) < len(row) <= room and not row[-1].strip(BLANK):
                row.pop()
            if len(row) != len(headers):
                ragged[number] = len(row)
            found.append((number, *row))
    if headers is None:
        return "t.csv is empty: there is no header row. Nothing was loaded."
    width = max([len(headers), *ragged.values()])
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    padded = [row + (None,) * (width + 1 - len(row)) for row in found]
    return headers, width, padded, ragged, blank, f"{encoding}, {names[delimiter]}"


def whole_records(text, delimiter):
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error:
        return


def header_width(text, delimiter):
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row, _ in zip(rows, range(100), strict=False):
            if "".join(row).strip(BLANK):
                return len(row)
    except csv.Error:
        pass
    return 0


def decoded(data):
    start = data[:2000]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    third = (len(start) // 2 or 1) / 3
    guesses = [("utf-8-sig", "UTF-8")]
    guesses += [("utf-16-le", "UTF-16")] * (odd > third > even)
    guesses += [("utf-16-be", "UTF-16")] * (even > third > odd)
    guesses += [("cp1252", "Windows-1252")]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        guesses = [("utf-16", "UTF-16")]
    for codec, name in guesses:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise UserError("no text")


def by_read_text(data, folder):
    path = Path(folder) / "t.csv"
    path.write_bytes(data)
    try:
        text = reading.read_text(path)
    except UserError as error:
        return str(error)
    width = text.frame.width - 1
    assert text.frame.columns == ["row_number", *(f"c{i}" for i in range(width))]
    assert [str(dtype) for dtype in text.frame.dtypes] == ["Int64"] + ["String"] * width
    return text.headers, width, text.frame.rows(), text.ragged, text.blank, text.assumed


def ways(data):
    """What read_text gives, and by which way: fast (Polars), counted (Polars, each row's cells), csv."""
    taken = []

    def split(*arguments):
        found = delimited.split(*arguments)
        taken.append("csv" if found is None else "fast" if found[1] is None else "counted")
        return found

    with patch.object(plain_text, "split", split), tempfile.TemporaryDirectory() as folder:
        return by_read_text(data, folder), taken[0] if taken else "none"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
PIECES = ['"', '""', ",", ";", "\t", "|", "\n", "\r\n", "\r", " ", "a", "b", "é", "€", "\u2028", "\ufeff",
          "\x85", "\xa0", "\x1c", '","', '"\n"', '"\r\n"', '"",""', '"a"', '"",\r', "😀", ",,", "\n\n"]  # fmt: skip
ANY = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@st.composite
def tables(draw, faulty):
    """A table as text: cells quoted or not, and where ``faulty`` rows of any length and one slip."""
    delimiter = draw(st.sampled_from(",;\t|"))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    width = draw(st.integers(1, 4))
    bare = st.text("ab1 é€\u2028\x85\ufeff", max_size=3)
    content = st.lists(st.sampled_from(["a", '""', delimiter, "\n", "\r\n", " ", '"",""', "é"]), max_size=4)
    quoted = content.map(lambda pieces: '"' + "".join(pieces) + '"')
    cell = draw(st.sampled_from([bare, bare, quoted, st.one_of(bare, quoted)]))
    name = st.text(string.ascii_letters, min_size=1, max_size=3)
    rows = [draw(st.lists(name, min_size=width, max_size=width))]
    sizes = st.integers(0, width + 2) if faulty else st.just(width)
    rows += [[draw(cell) for _ in range(draw(sizes))] for _ in range(draw(st.integers(0, 5)))]
    text = end.join(delimiter.join(row) for row in rows) + draw(st.sampled_from(["", end]))
    if not faulty:
        return text
    text = draw(st.sampled_from(["", "", end, f" {end}", f"{delimiter}{end}"])) + text
    text += draw(st.sampled_from(["", "", end, "\r", delimiter]))
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.sampled_from(["", "", *PIECES])) + text[place + draw(st.integers(0, 1)) :]


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(ANY, tables(faulty=True), tables(faulty=True)),
    encoding=st.sampled_from(ENCODINGS),
    tail=st.sampled_from([b"", b"", b"", b"\xe9", b"\r"]),
    block=st.sampled_from([1, 3, 1 << 20]),
    dense=st.sampled_from([0, 20, 1000]),
    part=st.sampled_from([1, 2, 50_000]),
)
def test_any_text_is_read_as_by_the_csv_module(text, encoding, tail, block, dense, part):
    data = text.encode(encoding, "ignore") + tail
    try:
        expected = by_csv_module(data)
    except UserError:
        return
    with (
        patch.object(delimited, "BLOCK", block),
        patch.object(delimited, "DENSE", dense),
        patch.object(plain_text, "BLOCK", block),
        patch.object(texts, "PART", part),
    ):
        found, _ = ways(data)
    assert found == expected


@settings(max_examples=150, deadline=None)
@given(text=tables(faulty=False), encoding=st.sampled_from(ENCODINGS), dense=st.sampled_from([0, 20, 1000]))
def test_well_formed_text_is_read_by_polars(text, encoding, dense):
    data = text.encode(encoding, "ignore")
    if decoded(data)[0] != text:
        return  # not the text that was meant: UTF-16 without a mark, or a letter that Windows-1252 lacks
    with patch.object(delimited, "DENSE", dense):
        found, way = ways(data)
    # a last cell that is empty has a line end put after it, which may be of another kind than those before
    odd = "\r" in text and text.endswith((",", ";", "\t", "|"))
    assert way == "fast" or (odd and way == "counted")
    assert found == by_csv_module(data)


NAMED = {
    "plain": (b"a,b\n1,2\n", "fast"),
    "no last line end": (b"a,b\n1,", "fast"),
    "line ends of Windows": (b"a,b\r\n1,2\r\n", "fast"),
    "line ends of both kinds": (b"a,b\r\n1,2\n", "counted"),
    "line ends of old Macs": (b"a,b\r1,2\r3,4", "csv"),
    "a lone return at a cell's end": (b"a,b\n1\r,2\n", "csv"),
    "a lone return at the end": (b"a,b\n1,2\r", "csv"),
    "a return before the header": (b"\r,a\n1,2\n", "csv"),
    "every cell quoted": (b'"a","b"\r\n"1","2"\r\n"","x,""y"\r\n', "fast"),
    "quotes in a bare cell": (b'a,b\n1"2,3\n', "csv"),
    "a cell that goes on after its quotes": (b'a,b\n"1"2,3\n', "none"),
    "a quote never closed": (b'a,b\n"1,3\n', "none"),
    "a pair of quotes round a delimiter": (b'a,b\n"x"",""y",2\n', "fast"),
    "marks of dense quotes in bare cells": (b'a,b\nx","y\n', "none"),
    "short": (b"a,b\n1\n2,3\n", "counted"),
    "long": (b"a,b\n1,2,3\n2,3\n", "counted"),
    "short and long make up for each other": (b"a,b\n1\n2,3,4\n", "counted"),
    "short, and one empty cell too many at the end": (b'a,b\n1\n"2",3,', "counted"),
    "one empty cell too many at the end": (b"a\nb,", "counted"),
    "blank lines": (b"\n\r\n\na,b\n\n1,2\n\n\n", "counted"),
    "blank lines of one column": (b"a\n\n1\n\n", "fast"),
    "rows of blank cells": (b"a,b\n,\n1,2\n , \t\n", "fast"),
    "blank rows before the header": (b",\n , \na,b\n1,2\n", "fast"),
    "blank cells at the header's end": (b"a,b, ,\n1,2,,\n1,2,3,\n1,2\n1,2, ,x\n", "counted"),
    "blank cells at the header's end, all rows full": (b"a,b,,\n1,2,,\n1,2,,x\n", "fast"),
    "only a header": (b"a,b", "fast"),
    "a mark after the mark": (b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n", None),
    "a mark and blank lines": (b"\xef\xbb\xbf\n\na,b\n1,2\n", "fast"),
    "line ends within quotes": (b'a,b\r\n"x\r\ny","\n"\r\n', "fast"),
    "returns within quotes": (b'a,b\n"x\r","\ry"\n', "fast"),
    "Unicode's own line ends": ("a,b\n1\u2028,\x852\n".encode(), "fast"),
    "not UTF-8 at the very end": (b"a,b\n1,2\n3,caf\xe9", "fast"),
    "a cell longer than the csv module's limit": (b"a,b\n" + b"x" * 200_000 + b",2\n", "fast"),
    "a header longer than the csv module's limit": (b"a,b" + b"x" * 200_000 + b"\n1,2\n", None),
    "empty": (b"", "none"),
    "blank": (b"\n \n\t\n", "none"),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_cases(name):
    data, way = NAMED[name]
    found, taken = ways(data)
    assert found == by_csv_module(data)
    assert way in (None, taken)


@pytest.mark.parametrize("data", [b"a,b\n1,\x002\n", b"\xff\xfea", b"a\x81\n\xe9"])
def test_what_is_no_text_is_said(data):
    found, _ = ways(data)
    assert found == "t.csv is not a text file (or not in UTF-8, UTF-16 or Windows-1252). Nothing was loaded."


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("slip", ["", "\n", "1\n", "1;2;3;4;5\n", ";;;\n", '"a\n\n";2;3;4\n'])
def test_many_blocks(quote, slip):
    """Longer than one block, and than what Polars gives one thread; a slip far in."""
    line = ";".join(f"{quote}{cell}{quote}" for cell in ("abc", "", "x y z", "12345")) + "\n"
    count = 120_000
    text = "k;l;m;n\n" + line * count + slip + line * 1000
    found, way = ways(text.encode())
    assert way in ("fast", "counted")
    assert found == by_csv_module(text.encode())


def test_a_limit_on_cells_is_left_as_it_was():
    before = csv.field_size_limit()
    for data, _ in NAMED.values():
        ways(data)
    assert csv.field_size_limit() == before
