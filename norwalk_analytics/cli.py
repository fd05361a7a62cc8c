"""The command line: sample, validate, report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from norwalk_analytics.policy import UserError

EXISTING = click.Path(path_type=Path)
DAY = click.DateTime(formats=["%Y-%m-%d"])


class _Command(click.Group):
    """A person never sees a traceback: what they can mend is one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (UserError, FileExistsError) as error:
            click.echo(str(error), err=True)
            ctx.exit(2)
        except PermissionError as error:
            click.echo(f"{Path(str(error.filename)).name}: there is no right to write or read it.", err=True)
            ctx.exit(2)


def day_option() -> Callable[[Any], Any]:
    """--as-of, the same for each command."""
    return click.option(
        "--as-of", type=DAY, metavar="DATE", help="The day at whose end the data are read (YYYY-MM-DD)."
    )


def _day(value: datetime | None) -> date | None:
    return None if value is None else value.date()


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="norwalk-analytics")
def main() -> None:
    r"""Oversight of a school board's policy on employees' use of social media.

    \b
    norwalk-analytics sample demo            a made-up district to try things on
    norwalk-analytics validate demo          are the tables right, and where not
    norwalk-analytics report demo            the board report, as one HTML file
    """


@main.command()
@click.argument("folder", type=EXISTING)
@click.option("--seed", type=int, default=2013, show_default=True, help="Another seed, another district.")
@day_option()
def sample(folder: Path, seed: int, as_of: datetime | None) -> None:
    r"""Write a made-up district's tables to FOLDER, the same for the same seed.

    \b
    norwalk-analytics sample demo --seed 7
    """
    from norwalk_analytics.sample import write_sample

    if as_of is None:
        write_sample(folder, seed=seed)
    else:
        write_sample(folder, seed=seed, as_of=as_of.date())
    click.echo(f"{folder}")


@main.command()
@click.argument("data", type=EXISTING)
@click.option(
    "--contract", type=EXISTING, metavar="FOLDER", help="A contract laid over the shipped one, file by file."
)
@click.option(
    "--profile",
    "profiles",
    type=EXISTING,
    metavar="FILE",
    multiple=True,
    help="An import profile; may be given more than once.",
)
@day_option()
@click.option(
    "--out",
    type=EXISTING,
    metavar="FOLDER",
    help="Write accepted and quarantined rows and problems there, as CSV.",
)
@click.option(
    "--data-docs",
    "docs",
    type=EXISTING,
    metavar="FOLDER",
    help="Write Great Expectations' Data Docs there: rules and counts, nothing of a row.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def validate(
    ctx: click.Context, data: Path, contract: Path | None, profiles: tuple[Path, ...], as_of: datetime | None, out: Path | None, docs: Path | None, form: str
) -> None:  # fmt: skip
    r"""Check the tables of DATA, a folder (or one file with its profile).

    Exit code 0: every row accepted. 1: some set aside. 2: not readable.

    \b
    norwalk-analytics validate demo
    norwalk-analytics validate demo --out checked --format json
    norwalk-analytics validate demo --data-docs docs
    norwalk-analytics validate accounts.csv --profile accounts.profile.toml
    """
    from norwalk_analytics.intake.loading import load_district
    from norwalk_analytics.intake.problems import sentences

    district = load_district(data, contract=contract, as_of=_day(as_of), profiles=profiles)
    if out is not None:
        from norwalk_analytics.intake.writing import write_checked

        write_checked(district, out)
    if docs is not None:
        from norwalk_analytics.intake.data_docs import write_data_docs

        write_data_docs(district.tables.values(), docs)
    if form == "json":
        click.echo(
            json.dumps(
                {"tables": {name: _counts(one) for name, one in district.tables.items()}}, ensure_ascii=False
            )
        )
    else:
        for one in district.tables.values():
            place = one.file if one.sheet is None else f"{one.file}, sheet {one.sheet}"
            click.echo(
                f"{place} ({one.assumed}): {one.read:,} read, {one.frame.height:,} accepted, {one.quarantined.height:,} set aside, "
                f"{one.left_out.height:,} left out, {one.warnings:,} warnings."
            )
            if one.unknown:
                click.echo(
                    f"{place}: columns that the contract does not know were kept: {', '.join(one.unknown)}."
                )
            for line in sentences(place, one.problems, one.rules):
                click.echo(line)
        for name in district.missing:
            click.echo(f"There is no {name}: what is made from it can't be judged.")
    ctx.exit(1 if any(one.quarantined.height for one in district.tables.values()) else 0)


def _counts(one: Any) -> dict[str, Any]:
    problems = [
        {"rule": rule, "field": field, "severity": severity, "rows": group["row"].drop_nulls().to_list()}
        for (rule, field, severity), group in one.problems.group_by(
            "rule", "field", "severity", maintain_order=True
        )
    ]
    return {
        "read": one.read, "accepted": one.frame.height, "quarantined": one.quarantined.height,
        "left_out": one.left_out.height, "warnings": one.warnings, "problems": problems,
    }  # fmt: skip


@main.command()
@click.argument("data", type=EXISTING, required=False)
@click.option(
    "-o", "--output", type=EXISTING, metavar="FILE", default=Path("board_report.html"), show_default=True
)
@day_option()
@click.option(
    "--contract", type=EXISTING, metavar="FOLDER", help="A contract laid over the shipped one, file by file."
)
@click.option(
    "--profile",
    "profiles",
    type=EXISTING,
    metavar="FILE",
    multiple=True,
    help="An import profile; may be given more than once.",
)
@click.option(
    "--notebook", type=EXISTING, metavar="FILE", help="Another notebook than the shipped board_report.ipynb."
)
@click.option(
    "--internal", is_flag=True, help="The superintendent's edition: nothing withheld, every page watermarked."
)
def report(
    data: Path | None, output: Path, as_of: datetime | None, contract: Path | None,
    profiles: tuple[Path, ...], notebook: Path | None, internal: bool,
) -> None:  # fmt: skip
    r"""Write the board report of DATA as one HTML file; without DATA, of the sample district.

    \b
    norwalk-analytics report
    norwalk-analytics report demo -o board_report.html --as-of 2026-06-30
    """
    if internal and output.name == "board_report.html":
        message = "The internal edition does not take the ordinary file name: give another with -o."
        raise UserError(message)
    try:
        from norwalk_analytics.board.report import make_report
    except ModuleNotFoundError as error:
        message = f"The report needs {error.name}: pip install 'norwalk-analytics[report]'."
        raise UserError(message) from None
    written = make_report(
        output, data=data, as_of=_day(as_of), contract=contract, profiles=profiles, notebook=notebook,
        edition="internal" if internal else "published", progress=sys.stderr.isatty(),
    )  # fmt: skip
    click.echo(str(written))
