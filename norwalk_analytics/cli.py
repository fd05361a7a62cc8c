"""The command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from norwalk_analytics.engines import load_with
from norwalk_analytics.options import (
    PATH,
    contract_option,
    corrections_option,
    day_option,
    engine_option,
    files,
    json_option,
    notebook_option,
    profile_option,
    tables,
)
from norwalk_analytics.policy import UserError
from norwalk_analytics.terminal import EXIT_CODES, Commands, progress, say, say_json, watched


@click.group(cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="norwalk-analytics")
def main() -> None:
    """Oversight of a school board's policy on employees' use of social media.

    \b
    norwalk-analytics new FOLDER             a working folder: notebooks, contract, forms, sample data
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
def new(folder: Path) -> None:
    """Make FOLDER a working folder: data of a made-up district, a contract to edit, forms, notebooks, a README.

    \b
    norwalk-analytics new oversight
    """
    from norwalk_analytics.working_folder import write_working_folder

    say(f"{write_working_folder(folder)}")


@main.command()
@click.argument("folder", type=PATH)
@click.option("--seed", type=int, default=2013, show_default=True, help="Another seed, another district.")
@day_option()
def sample(folder: Path, seed: int, as_of: date | None) -> None:
    """Write a made-up district's tables to FOLDER, the same for the same seed.

    \b
    norwalk-analytics sample demo --seed 7
    """
    from norwalk_analytics.sample import write_sample

    if as_of is None:
        write_sample(folder, seed=seed)
    else:
        write_sample(folder, seed=seed, as_of=as_of)
    say(f"{folder}")


@main.command()
@click.argument("data", shell_complete=files)
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
@json_option()
@click.pass_context
def validate(
    ctx: click.Context, data: str, contract: Path | None, profiles: tuple[Path, ...], as_of: date | None,
    corrections: Path | None, engine: str, out: Path | None, docs: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Check the tables of DATA: a folder, or one file, glob or database with its profile.

    Exit code 0: every row accepted. 1: some set aside. 2: not readable.

    \b
    norwalk-analytics validate demo
    norwalk-analytics validate demo --out checked --json
    norwalk-analytics validate demo --corrections checked
    norwalk-analytics validate demo --data-docs docs
    norwalk-analytics validate archive --engine streaming --out checked
    norwalk-analytics validate accounts.csv --profile accounts.profile.toml
    """
    if engine != "polars" and (out is None or docs is not None):
        message = f"With --engine {engine}, give --out FOLDER, and no --data-docs."
        raise UserError(message)
    with progress() as step:
        district = load_with(
            engine, data, out, contract=contract, as_of=as_of, profiles=profiles, corrections=corrections,
            step=step,
        )  # fmt: skip
        if out is not None and engine == "polars":  # the others write as they go
            from norwalk_analytics.intake.writing import write_checked

            write_checked(district, out, step)
        if docs is not None:
            from norwalk_analytics.intake.data_docs import write_data_docs

            step("Data Docs: writing")
            write_data_docs(district.loaded.values(), docs)
    loaded = district.tables.values()
    if as_json:
        from norwalk_analytics.intake.for_programs import as_dict

        say_json(as_dict(district))
    else:
        from norwalk_analytics.intake.display import lines

        for line in (line for one in loaded for line in lines(one)):
            say(line)
        for name in district.missing:
            say(f"There is no {name}: what is made from it can't be judged.")
    ctx.exit(1 if any(one.counts.set_aside for one in loaded) else 0)


@main.command()
@click.argument("file", shell_complete=files)
@click.option(
    "--table",
    required=True,
    metavar="NAME",
    shell_complete=tables,
    help="The table that the file shall become.",
)
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
    from norwalk_analytics.intake.reading import read_text
    from norwalk_analytics.whole import write_whole

    whole = read_contract(contract)
    if table not in whole.tables:
        message = f"The contract has no table {table}. Its tables: {', '.join(whole.tables)}."
        raise UserError(message)
    drafted = draft_profile(read_text(file, sheet), whole.tables[table], whole)
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
def rulebook(folder: Path, contract: Path | None, as_of: date | None) -> None:
    """Write each table's whole rulebook to FOLDER: a suite that Great Expectations reads, on any engine of its.

    \b
    norwalk-analytics rulebook suites --as-of 2026-06-30
    """
    from norwalk_analytics.intake.contract import read_contract
    from norwalk_analytics.intake.rulebook import write_rulebook
    from norwalk_analytics.intake.sources import check_as_of

    whole = read_contract(contract)
    for path in write_rulebook(folder, whole, check_as_of(as_of, whole.policy)):
        say(str(path))


@contextmanager
def _needs_report() -> Iterator[None]:
    """What an installation without the extra lacks, as a sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"The report needs {error.name}: pip install 'norwalk-analytics[report]'."
        raise UserError(message) from None


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
    data: Path | None, output: Path, as_of: date | None, contract: Path | None,
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
        output, data=data if source is None else source, as_of=as_of, contract=contract, profiles=profiles,
        notebook=notebook, engine=engine, edition="internal" if internal else "published", previous=previous, ledger=ledger,
        figures_file=figures, pdf=pdf,
        progress=watched(),
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
@json_option()
@click.pass_context
def verify(
    ctx: click.Context, page: Path, data: Path | None, contract: Path | None, profiles: tuple[Path, ...],
    notebook: Path | None, previous: Path | None, as_json: bool,
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
        progress=watched(),
    )  # fmt: skip
    if as_json:
        say_json({"report": page.name, "same": not found, "differences": found})
    elif not found:
        say(f"{page.name} is what this data and this contract give, byte by byte.")
    else:
        for line in (f"{page.name} is not what this data and this contract give.", *found):
            say(line)
    ctx.exit(1 if found else 0)
