"""How Sphinx makes the site of these pages: ``make docs``. Any warning is an error there."""

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent

project = "norwalk_analytics"
author = copyright = "norwalk_analytics"  # noqa: A001
html_title = project
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_show_copyright = html_copy_source = html_show_sourcelink = False
html_static_path: list[str] = []
smartquotes = False
myst_heading_anchors = 4
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_mock_imports = ["pyspark"]  # the site is made where Spark is not installed
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Returns"]  # ours name no type before a colon
nitpicky = False  # types of Polars and others have no page here


def within_the_site(app: Any, page: str, source: list[str]) -> None:
    """A link to a file that is no page of the site stands as its text; ``tests/test_docs.py`` holds that the file exists."""
    source[0] = re.sub(r"\[([^\[\]]+)\]\((?:\.\./)+[^)]*\)", r"\1", source[0])


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", within_the_site)
