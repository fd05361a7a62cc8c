"""The command line."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from norwalk_analytics.engines import ENGINES
from norwalk_analytics.policy import UserError
from norwalk_analytics.telling import escaped, visible

PATH = click.Path(path_type=Path, readable=False)  # what can't be read is said by who reads it
DAY = click.DateTime(formats=["%Y-%m-%d"])


def say(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Print a text of which nothing is obeyed by the terminal: names and cells in it may be anybody's."""
    click.echo(visible(text) + end, err=err, nl=False)


class _Command(click.Group):
    """A person never sees a traceback: what they can mend is one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (UserError, FileExistsError) as error:
            say(str(error), err=True)
            ctx.exit(2)
        except MemoryError:
            click.echo("There is not enough memory for this file. Nothing was written.", err=True)
            ctx.exit(2)
        except BrokenPipeError:  # whoever read what is printed has gone; click ends quietly
            raise
        except OSError as error:
            say(_of_the_disk(error), err=True)
            ctx.exit(2)


def _of_the_disk(error: OSError) -> str:
    """What the system said of a file, in a sentence."""
    name = Path(str(error.filename)).name if error.filename else "The file"
    if isinstance(error, PermissionError):
        return f"{name}: there is no right to write or read it."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "There is no room left on the disk. What stood there before is as it was."
    if error.errno == errno.EROFS:
        return f"{name}: nothing can be written there. What stood there before is as it was."
    return f"{name}: {error.strerror or 'it can not be read or written'}."


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on one line of a terminal; nothing where there is none."""
    shown = sys.stderr.isatty()

    def clear() -> None:
        if shown:
            click.echo("\r\033[K", err=True, nl=False)

    def tell(doing: str) -> None:
        clear()
        if shown:
            say(f"{doing} …", err=True, end="")

    try:
        yield tell
    finally:
        clear()


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
    """Oversight of a school board's policy on employees' use of social media.

    \b
    norwalk-analytics sample demo            a made-up district to try things on
    norwalk-analytics validate demo          are the tables right, and where not
    norwalk-analytics report demo            the board report, as one HTML file
    norwalk-analytics verify REPORT demo     is that report what this data gives
    norwalk-analytics template forms         workbooks to be filled in
    norwalk-analytics profile FILE --table … how a file with other headers becomes a table of ours
    norwalk-analytics rulebook suites        the rules, as suites of Great Expectations
    """


@main.command()
@click.argument("folder", type=PATH)
@click.option("--seed", type=int, default=2013, show_default=True, help="Another seed, another district.")
@day_option()
def sample(folder: Path, seed: int, as_of: datetime | None) -> None:
    """Write a made-up district's tables to FOLDER, the same for the same seed.

    \b
    norwalk-analytics sample demo --seed 7
    """
    from norwalk_analytics.sample import write_sample

    if as_of is None:
        write_sample(folder, seed=seed)
    else:
        write_sample(folder, seed=seed, as_of=as_of.date())
    say(f"{folder}")


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


@main.command()
@click.argument("data")
@contract_option()
@profile_option()
@day_option()
@corrections_option()
@engine_option()
@click.option(
    "--out",
    type=PATH,
    metavar="FOLDER",
    help="Write accepted and quarantined rows and problems there: CSV and a correction workbook a table; Parquet "
    "with another engine than polars.",
)
@click.option(
    "--data-docs",
    "docs",
    type=PATH,
    metavar="FOLDER",
    help="Write Great Expectations' Data Docs there: rules and counts, nothing of a row.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def validate(
    ctx: click.Context, data: str, contract: Path | None, profiles: tuple[Path, ...], as_of: datetime | None,
    corrections: Path | None, engine: str, out: Path | None, docs: Path | None, form: str,
) -> None:  # fmt: skip
    """Check the tables of DATA: a folder, or one file, glob or database with its profile.

    Exit code 0: every row accepted. 1: some set aside. 2: not readable.

    \b
    norwalk-analytics validate demo
    norwalk-analytics validate demo --out checked --format json
    norwalk-analytics validate demo --corrections checked
    norwalk-analytics validate demo --data-docs docs
    norwalk-analytics validate archive --engine streaming --out checked
    norwalk-analytics validate accounts.csv --profile accounts.profile.toml
    """
    if engine != "polars":
        ctx.exit(_validate_at_scale(data, contract, profiles, as_of, corrections, engine, out, docs, form))
    from norwalk_analytics.intake.display import lines
    from norwalk_analytics.intake.loading import load_district

    with progress() as step:
        district = load_district(
            data, contract=contract, as_of=_day(as_of), profiles=profiles, corrections=corrections, step=step
        )
        if out is not None:
            from norwalk_analytics.intake.writing import write_checked

            write_checked(district, out, step)
        if docs is not None:
            from norwalk_analytics.intake.data_docs import write_data_docs

            step("Data Docs: writing")
            write_data_docs(district.loaded.values(), docs)
    if form == "json":
        counts = {name: _counts(one) for name, one in district.loaded.items()}
        say(escaped(json.dumps({"tables": counts}, ensure_ascii=False)))
    else:
        for one in district.loaded.values():
            for line in lines(one):
                say(line)
        _say_missing(district)
    ctx.exit(1 if any(one.counts.set_aside for one in district.tables.values()) else 0)


def _say_missing(district: Any) -> None:
    for name in district.missing:
        say(f"There is no {name}: what is made from it can't be judged.")


def _validate_at_scale(
    data: str, contract: Path | None, profiles: tuple[Path, ...], as_of: datetime | None, corrections: Path | None,
    engine: str, out: Path | None, docs: Path | None, form: str,
) -> int:  # fmt: skip
    """Check tables that need not fit into memory; the exit code."""
    from norwalk_analytics.engines import load_with
    from norwalk_analytics.intake.display import lines, lines_of_counts
    from norwalk_analytics.intake.loaded import Loaded

    if out is None or docs is not None or corrections is not None:
        message = f"With --engine {engine}, give --out FOLDER, and neither --data-docs nor --corrections."
        raise UserError(message)
    with progress() as step:
        district = load_with(
            engine, data, out, contract=contract, as_of=_day(as_of), profiles=profiles, step=step
        )
    tables = district.tables.values()
    if form == "json":
        counts = {name: one.counts._asdict() for name, one in district.tables.items()}
        rules = {name: one.by_rule.drop("remedy").to_dicts() for name, one in district.tables.items()}
        found = {name: {**of, "problems": rules[name]} for name, of in counts.items()}
        say(escaped(json.dumps({"tables": found}, ensure_ascii=False)))
    else:
        for one in tables:
            for line in lines(one) if isinstance(one, Loaded) else lines_of_counts(one):
                say(line)
        _say_missing(district)
    return 1 if any(one.counts.set_aside for one in tables) else 0


def _counts(one: Any) -> dict[str, Any]:
    """A table's counts, and its problems by file and rule, for a program to read."""
    by = ("file", "sheet", "rule", "field", "severity")
    problems = [
        {**dict(zip(by, key, strict=True)), "rows": group["row"].drop_nulls().to_list()}
        for key, group in one.problems.group_by(by, maintain_order=True)
    ]
    return {
        "read": one.read, "accepted": one.frame.height, "quarantined": one.quarantined.height,
        "left_out": one.left_out.height, "blank": one.blank, "examples": one.examples,
        "corrected": one.corrected.height, "warnings": one.warnings, "assumed": one.assumed, "problems": problems,
    }  # fmt: skip


@main.command()
@click.argument("file")
@click.option("--table", required=True, metavar="NAME", help="The table that the file shall become.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook, or the table of a database.")
@contract_option()
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write it there instead of printing it.")
def profile(file: str, table: str, sheet: str | None, contract: Path | None, output: Path | None) -> None:
    """Draft an import profile for FILE: which column may be which field, and how sure that is.

    \b
    norwalk-analytics profile accounts.csv --table tool_registrations -o accounts.profile.toml
    """
    from norwalk_analytics.intake.contract import read_contract
    from norwalk_analytics.intake.drafting import draft_profile
    from norwalk_analytics.intake.reading import texts_of
    from norwalk_analytics.intake.texts import Wanted
    from norwalk_analytics.whole import write_whole

    whole = read_contract(contract)
    if table not in whole.tables:
        message = f"The contract has no table {table}. Its tables: {', '.join(whole.tables)}."
        raise UserError(message)
    drafted = draft_profile(texts_of(file, Wanted(sheet=sheet))[0], whole.tables[table], whole)
    if output is None:
        say(drafted, end="")
        return
    write_whole(output, drafted)
    say(str(output))


@main.command()
@click.argument("folder", type=PATH)
@contract_option()
def template(folder: Path, contract: Path | None) -> None:
    """Write an entry template a table to FOLDER: a workbook to be filled in, made from the contract.

    \b
    norwalk-analytics template forms
    """
    from norwalk_analytics.intake.contract import read_contract
    from norwalk_analytics.intake.templates import write_templates

    for path in write_templates(folder, read_contract(contract)):
        say(str(path))


@main.command()
@click.argument("folder", type=PATH)
@contract_option()
@day_option()
def rulebook(folder: Path, contract: Path | None, as_of: datetime | None) -> None:
    """Write each table's whole rulebook to FOLDER: a suite that Great Expectations reads, on any engine of its.

    \b
    norwalk-analytics rulebook suites --as-of 2026-06-30
    """
    from norwalk_analytics.intake.contract import read_contract
    from norwalk_analytics.intake.loading import check_as_of
    from norwalk_analytics.intake.rulebook import write_rulebook

    whole = read_contract(contract)
    for path in write_rulebook(folder, whole, check_as_of(_day(as_of), whole.policy)):
        say(str(path))


@contextmanager
def _needs_report() -> Iterator[None]:
    """What an installation without the extra lacks, as a sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"The report needs {error.name}: pip install 'norwalk-analytics[report]'."
        raise UserError(message) from None


def notebook_option() -> Callable[[Any], Any]:
    """--notebook, the same for each command that makes a page."""
    return click.option(
        "--notebook",
        type=PATH,
        metavar="FILE",
        help="Another notebook than the shipped board_report.ipynb.",
    )


@main.command()
@click.argument("data", type=PATH, required=False)
@click.option(
    "-o", "--output", type=PATH, metavar="FILE", default=Path("board_report.html"), show_default=True
)
@day_option()
@contract_option()
@profile_option()
@notebook_option()
@engine_option()
@click.option(
    "--source",
    metavar="URI",
    help="Where Spark finds the tables: a folder, a URI or a database of its catalog.",
)
@click.option(
    "--internal", is_flag=True, help="The superintendent's edition: nothing withheld, every page watermarked."
)
@click.option(
    "--previous",
    type=PATH,
    metavar="FILE",
    help="The ledger of what was published before: no difference may tell of a person.",
)
@click.option(
    "--ledger",
    type=PATH,
    metavar="FILE",
    help="Write the ledger, the next edition's --previous; it is private.",
)
@click.option(
    "--figures",
    type=PATH,
    metavar="FILE",
    help="Write every published figure: CSV with its Table Schema beside it, or a workbook (.xlsx).",
)
@click.option(
    "--pdf",
    type=PATH,
    metavar="FILE",
    help="Write the report as a tagged PDF too: needs pip install 'norwalk-analytics[pdf]'.",
)
def report(
    data: Path | None, output: Path, as_of: datetime | None, contract: Path | None,
    profiles: tuple[Path, ...], notebook: Path | None, engine: str, source: str | None, internal: bool, previous: Path | None, ledger: Path | None,
    figures: Path | None, pdf: Path | None,
) -> None:  # fmt: skip
    """Write the board report of DATA as one HTML file; without DATA, of the sample district.

    \b
    norwalk-analytics report
    norwalk-analytics report demo -o board_report.html --as-of 2026-06-30
    norwalk-analytics report demo --pdf board_report.pdf
    norwalk-analytics report --engine spark --source s3a://agency/2026 --as-of 2026-06-30
    """
    if source is not None and (engine != "spark" or data is not None):
        message = "--source is for --engine spark, and takes the place of DATA."
        raise UserError(message)
    if internal and output.name == "board_report.html":
        message = "The internal edition does not take the ordinary file name: give another with -o."
        raise UserError(message)
    if internal and pdf is not None and pdf.name == "board_report.pdf":
        message = "The internal edition does not take the ordinary file name: give another with --pdf."
        raise UserError(message)
    with _needs_report():
        from norwalk_analytics.board.making import make_report
    written = make_report(
        output, data=data if source is None else source, as_of=_day(as_of), contract=contract, profiles=profiles,
        notebook=notebook, engine=engine, edition="internal" if internal else "published", previous=previous, ledger=ledger,
        figures_file=figures, pdf=pdf,
        progress=sys.stderr.isatty(),
    )  # fmt: skip
    say(str(written))
    if pdf is not None:
        say(str(pdf))


@main.command()
@click.argument("page", metavar="REPORT", type=PATH)
@click.argument("data", type=PATH, required=False)
@contract_option()
@profile_option()
@notebook_option()
@click.option("--previous", type=PATH, metavar="FILE", help="The ledger that the report was held against.")
@click.pass_context
def verify(
    ctx: click.Context, page: Path, data: Path | None, contract: Path | None, profiles: tuple[Path, ...],
    notebook: Path | None, previous: Path | None,
) -> None:  # fmt: skip
    """Say whether REPORT is what DATA and the contract give; without DATA, the sample district.

    Exit code 0: the same, byte by byte. 1: not so, and what differs. 2: not readable.

    \b
    norwalk-analytics verify board_report.html demo
    """
    with _needs_report():
        from norwalk_analytics.board.verifying import verify as differences
    found = differences(
        page, data, contract=contract, profiles=profiles, notebook=notebook, previous=previous,
        progress=sys.stderr.isatty(),
    )  # fmt: skip
    if not found:
        say(f"{page.name} is what this data and this contract give, byte by byte.")
        return
    say(f"{page.name} is not what this data and this contract give.")
    for line in found:
        say(line)
    ctx.exit(1)
