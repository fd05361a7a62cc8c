"""The board report as a tagged PDF, by WeasyPrint: the same bytes each time, on one machine.

The page is made plain first (paper_page.py), laid out by a style sheet of its own (paper.css), and the
structure tree is mended last (paper_tags.py).
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from norwalk_analytics.board.page import PALETTE
from norwalk_analytics.board.paper_page import plain_page
from norwalk_analytics.board.paper_tags import mend
from norwalk_analytics.board.plain import TEMPLATES
from norwalk_analytics.board.theme import declarations
from norwalk_analytics.policy import UserError


def to_pdf(html: str) -> bytes:
    """Give a page of ours as a tagged PDF on letter paper.

    Args:
        html: The text of a page that `page.render` made.

    Returns:
        The file. It holds no date; its identifier comes from the page.

    Raises:
        UserError: if WeasyPrint, or what it draws text with, is not installed.
    """
    weasyprint = installed()
    made = plain_page(html)
    style = f":root {{ {declarations('light')} {_page_colours()} }}\n"
    style += (TEMPLATES / "paper.css").read_text(encoding="utf-8")
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])  # nothing is loaded
    source = weasyprint.HTML(string=made.html, base_url="about:blank", url_fetcher=fetcher)
    document = source.render(stylesheets=[weasyprint.CSS(string=style, url_fetcher=fetcher)])

    def finish(document: Any, pdf: Any) -> None:
        mend(
            pdf,
            title=document.metadata.title,
            lang=document.metadata.lang,
            called=made.called,
            lists=made.lists,
        )

    found: bytes = document.write_pdf(
        finisher=finish, pdf_tags=True, pdf_identifier=hashlib.sha256(html.encode()).hexdigest()[:32]
    )
    return found


def installed() -> Any:
    """WeasyPrint, where it is installed with what it needs.

    Raises:
        UserError: if it is not, with what to do.
    """
    try:
        import weasyprint
        import weasyprint.urls
    except ModuleNotFoundError as error:
        message = f"A PDF needs {error.name}: pip install 'norwalk-analytics[pdf]'."
        raise UserError(message) from None
    except OSError:  # a library of the system, which pip does not bring
        message = (
            "A PDF needs Pango, which draws its text: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
            "libharfbuzz-subset0, or what your system calls them."
        )
        raise UserError(message) from None
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return weasyprint


def _page_colours() -> str:
    return " ".join(f"--c-{name}: {light};" for name, (light, _) in PALETTE.items())
