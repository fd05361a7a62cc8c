"""The report notebook run with parameters, made into a page, and written whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from norwalk_analytics.board import paper
from norwalk_analytics.board.accent import accent
from norwalk_analytics.board.figures_file import SCHEMA, write_figures
from norwalk_analytics.board.logo import logo_of
from norwalk_analytics.board.page import PageError, render
from norwalk_analytics.board.report import title
from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.intake.loading import load_district
from norwalk_analytics.intake.writing import as_they_were
from norwalk_analytics.oversight.editions import read_ledger
from norwalk_analytics.policy import UserError, shipped
from norwalk_analytics.telling import as_text
from norwalk_analytics.whole import write_whole

INJECTED = "injected-parameters"
"""The tag of the cell that Papermill adds."""


def make_report(
    target: Path, *, data: Path | str | None = None, as_of: date | None = None, contract: Path | None = None,
    profiles: Sequence[Path] = (), notebook: Path | None = None, edition: str = "published",
    previous: Path | None = None, ledger: Path | None = None, figures_file: Path | None = None, pdf: Path | None = None,
    progress: bool = False, engine: str = "polars",
) -> Path:  # fmt: skip
    """Run the report notebook with parameters and write it as one page, whole or not at all.

    Args:
        target: the page; it is replaced where it exists.
        data: the data folder, or one file with its profile; None for the sample district; a text is a URI or a
            database that Spark knows.
        as_of: the day at whose end the data are read.
        contract: a contract folder.
        profiles: import profiles.
        notebook: the notebook; the shipped board_report.ipynb by default.
        edition: "published" or "internal".
        previous: the ledger of what was published before.
        ledger: where to write the ledger, the next edition's ``previous``; it says why figures are withheld, and is private.
        figures_file: where to write the figures that are published: CSV with its Table Schema beside it, or a workbook (.xlsx).
        pdf: where to write the page as a tagged PDF too.
        progress: whether to show a progress bar on standard error.
        engine: which holds the tables, as ``engines.load_with`` has them.

    Raises:
        UserError: if the data can't be read, the notebook shows what may not be published, or a PDF is asked for
            where WeasyPrint is not installed.
    """
    source = notebook or shipped("notebooks") / "board_report.ipynb"
    for path in (target, *([] if pdf is None else [pdf])):
        if not path.parent.is_dir():
            message = f"{path.parent} is not a folder, so {path.name} can't be written there."
            raise UserError(message)
    if pdf is not None:
        if pdf.resolve() == target.resolve():
            message = f"The page and the PDF can't both be {pdf.name}: give another name with --pdf."
            raise UserError(message)
        paper.installed()  # asked before anything is made
    if not source.is_file():
        message = f"{source.name}: there is no such notebook."
        raise UserError(message)
    parameters = {
        "data": str(data.resolve()) if isinstance(data, Path) else data, "as_of": None if as_of is None else as_of.isoformat(),
        "contract": None if contract is None else str(contract.resolve()),
        "profiles": [str(path.resolve()) for path in profiles], "edition": edition,
    }  # fmt: skip
    if engine != "polars":
        parameters["engine"] = engine
    if previous is not None:
        read_ledger(previous)
        parameters["previous"] = str(previous.resolve())
    for given in (data if isinstance(data, Path) else None, contract, *profiles, previous):
        _check_path(given)
    wanted = [file for file in (previous, ledger, figures_file) if file is not None]
    if edition == "internal" and wanted:
        message = "The internal edition publishes nothing, so it takes no --previous, --ledger or --figures."
        raise UserError(message)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "ledger.csv"
        if wanted:
            parameters["ledger"] = str(made)
        page = _run(
            source,
            parameters,
            contract=contract,
            progress=progress,
            data=data,
            as_of=as_of,
            profiles=profiles,
        )
        if wanted and not made.is_file():
            message = (
                f"{source.name} does not hand previous and ledger on to BoardReport. Nothing was written."
            )
            raise UserError(message)
        printed = None if pdf is None else paper.to_pdf(page)
        if ledger is not None:
            write_whole(ledger, made.read_text(encoding="utf-8"))
        if figures_file is not None:
            now = as_they_were(pl.read_csv(made, schema_overrides=SCHEMA).filter("now"))
            write_figures(figures_file, now, title(read_contract(contract).policy))
    if pdf is not None and printed is not None:
        write_whole(pdf, printed)
    write_whole(target, page)
    return target


def _check_path(path: Path | None) -> None:
    """Refuse a path with bytes that are no text: a notebook, which is JSON, could not be given it."""
    if path is not None and as_text(whole := str(path.resolve())) != whole:
        message = f"{as_text(path.name)}: its path holds characters that are no text. Rename what bears them. Nothing was written."
        raise UserError(message)


def _run(
    source: Path, parameters: dict[str, Any], *, contract: Path | None, progress: bool, data: Path | str | None,
    as_of: date | None, profiles: Sequence[Path],
) -> str:  # fmt: skip
    """The notebook, run, as a page."""
    import nbformat

    agreed = read_contract(contract)
    colours, logo = accent(agreed.policy.look.accent), logo_of(agreed)
    notebook = nbformat.read(source, as_version=4)
    _takes(source.name, notebook, parameters)
    try:
        run = run_notebook(notebook, parameters, progress)
        foreign = parameters["edition"] == "internal"
        return render(
            run, title=title(agreed.policy), board=agreed.policy.board, accent=colours, logo=logo,
            allow_foreign=foreign,
        )  # fmt: skip
    except NotebookError as error:
        if (
            isinstance(data, Path) and "engine" not in parameters
        ):  # where the data can't be read, that is the sentence, whatever the notebook made of it
            load_district(data, contract=contract, as_of=as_of, profiles=profiles)
        said = str(error) if error.said else f"{source.name}: {error}"
        message = f"{said}{'' if said.endswith(chr(10)) else ' '}Nothing was written."
        raise UserError(message) from None
    except PageError as error:
        message = f"{source.name}: {error} Nothing was written."
        raise UserError(message) from None


def _takes(name: str, notebook: Any, parameters: dict[str, Any]) -> None:
    """UserError if something is given that the notebook has no use for: its page would be of something else."""
    tagged = "\n".join(
        cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())
    )
    for wanted in ("data", "as_of", "contract", "profiles", "engine"):
        if parameters.get(wanted) and not re.search(rf"^{wanted}\b", tagged, re.MULTILINE):
            message = (
                f"{name} takes no {wanted}: give its first code cell the tag parameters and the line "
                f"{wanted} = {[] if wanted == 'profiles' else None}, and use it. Nothing was written."
            )
            raise UserError(message)


class NotebookError(Exception):
    """A notebook that stopped.

    Attributes:
        said: whether the notebook itself said, in a sentence, what is wrong.
    """

    def __init__(self, message: str, *, said: bool = False) -> None:
        """With what there is to say."""
        super().__init__(message)
        self.said = said


def run_notebook(notebook: Any, parameters: dict[str, Any], progress: bool = False) -> Any:
    """A copy of the notebook, run with parameters by Papermill, with TZ=UTC and the C locale.

    Raises:
        NotebookError: if a cell stops with an error: which cell, which line, which error.
    """
    import logging

    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    old = {name: os.environ.get(name) for name in ("TZ", "LC_ALL", "PYTHONHASHSEED", "JUPYTER_PLATFORM_DIRS")}
    os.environ |= {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "JUPYTER_PLATFORM_DIRS": "1"}
    try:
        with tempfile.TemporaryDirectory() as folder:
            before = Path(folder) / "in.ipynb"
            nbformat.write(notebook, before)
            try:
                run = papermill.execute_notebook(  # without an output, which it would write anew at each cell
                    str(before), None, parameters=parameters, kernel_name="python3", language="python", progress_bar=progress,
                    log_output=False, cwd=folder, extra_arguments=["--log-level=CRITICAL"],
                )  # fmt: skip
            except PapermillExecutionError as error:
                raise _failed(error, notebook) from None
            except DeadKernelError:
                message = "the Python that ran it ended, most likely for want of memory."
                raise NotebookError(message) from None
    finally:
        for name, value in old.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    run.cells = [cell for cell in run.cells if not _injected(cell)]  # cells are counted as the author does
    return run


def _injected(cell: Any) -> bool:
    return INJECTED in cell.metadata.get("tags", ())


def _failed(error: Any, notebook: Any) -> NotebookError:
    """The cell, the line and the error, as its author would look for them."""
    if error.ename == "UserError":  # a sentence that was meant to be read
        return NotebookError(error.evalue, said=True)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    number = next((at for at, cell in enumerate(cells, 1) if cell.source == error.source), None)
    frames = re.findall(
        r"Cell In\[\d+\], line (\d+)", re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    )
    lines = error.source.splitlines()
    line = int(frames[-1]) if frames else 1
    shown = f"\n    {lines[line - 1].strip()}\n" if line <= len(lines) else "."
    what = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
    place = "a cell" if number is None else f"code cell {number}"
    return NotebookError(f"{place}, line {line}: {what}{shown}")
