"""Data Docs of a district's tables that hold counts and no values: nothing of a row.

Great Expectations' result of each table is stripped to what stands in ``KEPT`` before it is rendered, so
whatever a later version adds to a result does not reach a page. Its pages fetch their look from other
people's servers, and its index is drawn by their scripts; these bring their own look and index, and ask for nothing.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from norwalk_analytics.intake.rulebook import great_expectations, quiet, suite, validation_result
from norwalk_analytics.policy import UserError

if TYPE_CHECKING:
    from norwalk_analytics.intake.loaded import Loaded

KEPT = (
    "element_count", "unexpected_count", "unexpected_percent", "missing_count", "missing_percent",
    "unexpected_percent_total", "unexpected_percent_nonmissing",
)  # fmt: skip
"""What of a result is a count or a share of counts."""
NOT_RUN = "This expectation could not be run."
ELSEWHERE = re.compile(
    r"<script\b.*?</script\s*>|<(?:link|img|iframe)\b[^>]*\b(?:href|src)=[\"']?(?:https?:)?//[^>]*>"
    r"|url\([\"']?(?:https?:)?//[^)]*\)",
    re.DOTALL | re.IGNORECASE,
)
"""What a page would fetch or run."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser then allows a page of this site: its look."""
MARK = ".norwalk_analytics_data_docs"
"""Stands in a site that was written here."""


def write_data_docs(tables: Iterable[Loaded], folder: Path) -> Path:
    """Write Great Expectations' Data Docs of loaded tables: suites, and results as counts.

    Args:
        tables: loaded tables.
        folder: where the site goes; what a former site left there is replaced.

    Returns:
        The site's first page.

    Raises:
        UserError: if the folder can't be made or holds something else, or Great Expectations is missing.
    """
    there = folder.resolve()
    _check_ours(there)
    gx = great_expectations()
    with quiet(), tempfile.TemporaryDirectory() as name:
        made = Path(name) / "site"
        context = gx.get_context(mode="ephemeral")
        context.variables.data_docs_sites = {"norwalk_analytics": {
            "class_name": "SiteBuilder", "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(made)},
        }}  # fmt: skip
        kept = {loaded.table.name: (loaded.table.title, _keep(context, loaded)) for loaded in tables}
        context.build_data_docs()
        (made / "index.html").write_text(_index(made, kept), encoding="utf-8")
        (made / MARK).touch()
        for page in made.rglob("*.html"):
            page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            _put(made, there)
        except OSError as error:
            message = f"{there.name}: no Data Docs could be written there: {error.strerror}."
            raise UserError(message) from None
    return folder / "index.html"


def _check_ours(folder: Path) -> None:
    """Refuse a folder that holds anything but Data Docs that were written here."""
    ours = {MARK, "index.html", "expectations", "validations", "static"}
    try:
        inside = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        message = f"{folder.name}: no Data Docs can be written there: {error.strerror}."
        raise UserError(message) from None
    if inside and (MARK not in inside or inside - ours):
        message = f"{folder.name} holds something else than Data Docs, so nothing was written there. Name another folder."
        raise UserError(message)


def _put(made: Path, folder: Path) -> None:
    """The new site in the place of the old, which is set aside first and deleted last."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".data_docs-", dir=folder.parent) as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        shutil.copytree(made, new)
        if folder.exists():
            _check_ours(folder)
            folder.rename(old)
        new.rename(folder)


def offline(page: str) -> str:
    """A page of Data Docs that fetches nothing.

    Example:
        >>> page = '<head><link rel="stylesheet" href="https://example.org/a.css"></head><p>3 rows</p>'
        >>> "example.org" in offline(page), "3 rows" in offline(page)
        (False, True)
    """
    style = Path(__file__).with_name("data_docs.css").read_text(encoding="utf-8")
    head = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{style}</style>'
    return re.sub(r"<head\b[^>]*>", lambda found: found[0] + head, ELSEWHERE.sub("", page), count=1)


def _index(site: Path, kept: Mapping[str, tuple[str, Any]]) -> str:
    """The first page: each table's rules, and how many of them are broken."""
    rows = []
    for name, (title, statistics) in kept.items():
        results = next(site.glob(f"validations/{name}/**/*.html"), None)
        rules = site / "expectations" / f"{name}.html"
        if results is None or not rules.is_file():  # it logs an error and goes on
            message = "Great Expectations could not render a page of its Data Docs, so none was written."
            raise UserError(message)
        to_results, to_rules = (quote(path.relative_to(site).as_posix()) for path in (results, rules))
        rows.append(
            f'<tr><th scope="row">{escape(title)}</th><td><a href="{to_rules}">'
            f'{statistics["evaluated_expectations"]} rules</a></td><td><a href="{to_results}">'
            f"{statistics['unsuccessful_expectations']} broken by some row</a></td></tr>"
        )
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Data Docs</title></head>'
    return f"{head}<body><h1>Data Docs</h1><table><tbody>{''.join(rows)}</tbody></table></body></html>"


def _keep(context: Any, loaded: Loaded) -> Any:
    """Put a table's suite and its result, stripped, into the context that the site is made from.

    Returns:
        The result's statistics: how many expectations, how many broken.
    """
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    context.suites.add(suite(loaded.table.name, loaded.rules))
    result = validation_result(loaded)
    for one in result.results:
        told = {key: value for key, value in one.result.items() if key in KEPT}
        one.result = told or {"observed_value": "--"}  # a page needs one
        if one.exception_info and one.exception_info != {"raised_exception": False}:
            one.exception_info = _without_words(one.exception_info)
    run = RunIdentifier(run_name=loaded.table.name)
    named = ExpectationSuiteIdentifier(name=loaded.table.name)
    result.meta |= {"run_id": run}
    context.validation_results_store.store_validation_results(
        suite_validation_result=result,
        suite_validation_result_identifier=ValidationResultIdentifier(
            batch_identifier=result.batch_id, expectation_suite_identifier=named, run_id=run
        ),
        expectation_suite_identifier=named,
    )
    return result.statistics


def _without_words(info: Any) -> dict[str, Any]:
    """That an error was raised, without its message, which may quote a cell."""
    raised = "raised_exception" not in info or bool(info["raised_exception"])
    words = NOT_RUN if raised else None
    return {"raised_exception": raised, "exception_message": words, "exception_traceback": ""}
