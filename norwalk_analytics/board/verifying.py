"""Is a page what this data and this contract give? It is made again, and compared byte by byte."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from norwalk_analytics.board.making import make_report
from norwalk_analytics.policy import UserError

Facts = Mapping[str, list[str]]


class _Facts(HTMLParser):
    """The terms of a page's definition lists, with what is said of each."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.internal = False
        self._term, self._inside = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("dt", "dd") else ""
        if tag == "dt":
            self._term = ""
        elif tag == "dd":
            self.found.setdefault(self._term, []).append("")
        self.internal |= ("class", "internal") in attrs and tag == "body"

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "dt":
            self._term += data
        elif self._inside == "dd":
            self.found[self._term][-1] += data


def verify(
    page: Path, data: Path | None, *, contract: Path | None = None, profiles: Sequence[Path] = (),
    notebook: Path | None = None, previous: Path | None = None, progress: bool = False,
) -> list[str]:  # fmt: skip
    """Make a report again and say where it differs.

    Args:
        page: the report.
        data: the data folder, or one file with its profile; None for the sample district.
        contract: a contract folder.
        profiles: import profiles.
        notebook: the notebook that it was made from; the shipped one by default.
        previous: the ledger that it was held against.
        progress: whether to show a progress bar on standard error.

    Returns:
        Sentences: what differs; none where the page is just what these give.

    Raises:
        UserError: if the page is no report of this toolkit, or the data can't be read.
    """
    try:
        given = page.read_bytes()
    except OSError:
        message = f"{page.name} can't be read."
        raise UserError(message) from None
    old = _facts_of(given)
    as_of = None if old is None else _as_of(old.found)
    if old is None or as_of is None:
        message = f"{page.name} is no report of this toolkit: it does not say from what it was made."
        raise UserError(message)
    with tempfile.TemporaryDirectory() as folder:
        again = make_report(
            Path(folder) / "again.html", data=data, as_of=as_of, contract=contract, profiles=profiles, notebook=notebook,
            edition="internal" if old.internal else "published", previous=previous, progress=progress,
        ).read_bytes()  # fmt: skip
    if again == given:
        return []
    new = _facts_of(again)
    return _differences(old.found, {} if new is None else new.found)


def _facts_of(page: bytes) -> _Facts | None:
    parser = _Facts()
    try:
        parser.feed(page.decode())
    except UnicodeDecodeError:
        return None
    return parser


def _as_of(facts: Facts) -> date | None:
    """The day that the page's provenance names."""
    said = " ".join(facts.get("Versions", ()))
    try:
        return date.fromisoformat(said.rpartition("as_of ")[2])
    except ValueError:
        return None


def _differences(old: Facts, new: Facts) -> list[str]:
    """Of two pages that are not the same, what their provenance says."""
    said = []
    before, now = (dict(line.split(": ", 1) for line in facts.get("Inputs", ())) for facts in (old, new))
    said += [
        f"{name} is not the table that the page was made from."
        for name in now
        if name in before and before[name] != now[name]
    ]
    said += [f"{name} stands in the page's inputs and not in the data." for name in before if name not in now]
    said += [f"{name} stands in the data and not in the page's inputs." for name in now if name not in before]
    if old.get("Contract") != new.get("Contract"):
        said.append("The contract is another.")
    if old.get("Versions") != new.get("Versions"):
        made, here = (" ".join(facts.get("Versions", ())) for facts in (old, new))
        said.append(f"It was made with other versions: {made}; here {here}.")
    return said or ["Its inputs are these, but something in it is not what they give: it was altered."]
