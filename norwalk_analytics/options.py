"""What several commands of the command line ask for, written once: paths, days, and the options that they share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from norwalk_analytics.engines import ENGINES
from norwalk_analytics.intake.contract import ALL_TABLES

PATH = click.Path(path_type=Path, readable=False)  # what can't be read is said by who reads it


def day_option() -> Callable[[Any], Any]:
    """--as-of, the same for each command."""
    return click.option(
        "--as-of", type=click.DateTime(formats=["%Y-%m-%d"]), callback=_day, metavar="DATE",
        help="The day at whose end the data are read (YYYY-MM-DD).",
    )  # fmt: skip


def _day(_ctx: click.Context, _param: click.Parameter, value: datetime | None) -> date | None:
    """A moment of midnight as a day."""
    return None if value is None else value.date()


def files(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """A shell completes the names of files, as it does for click.Path; what is no path may be typed."""
    return [CompletionItem(begun, type="file")]


def tables(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """The contract's tables, for a shell to complete."""
    return [name for name in ALL_TABLES if name.startswith(begun)]


def json_option() -> Callable[[Any], Any]:
    """--json, the same for each command that answers a question."""
    return click.option("--json", "as_json", is_flag=True, help="Print the answer for a program to read.")


def contract_option() -> Callable[[Any], Any]:
    """--contract, the same for each command."""
    return click.option(
        "--contract",
        type=PATH,
        metavar="FOLDER",
        help="A contract laid over the shipped one, file by file.",
    )


def profile_option() -> Callable[[Any], Any]:
    """--profile, the same for each command that loads."""
    return click.option(
        "--profile", "profiles", type=PATH, metavar="FILE", multiple=True,
        help="An import profile; may be given more than once.",
    )  # fmt: skip


def engine_option() -> Callable[[Any], Any]:
    """--engine, the same for each command that loads tables of any size."""
    return click.option(
        "--engine", type=click.Choice(ENGINES), default="polars", show_default=True,
        help="polars: in memory. streaming: larger than memory, piece by piece. spark: on the session that Spark is set up for.",
    )  # fmt: skip


def corrections_option() -> Callable[[Any], Any]:
    """--corrections, the same for each command that loads."""
    return click.option(
        "--corrections", type=PATH, metavar="FOLDER", help="Where mended correction workbooks lie."
    )


def notebook_option() -> Callable[[Any], Any]:
    """--notebook, the same for each command that makes a page."""
    return click.option(
        "--notebook",
        type=PATH,
        metavar="FILE",
        help="Another notebook than the shipped board_report.ipynb.",
    )
