"""A working folder, written whole or not at all: data, a contract to edit, forms, notebooks, a README.

What stands in it as it is lies in ``start``; the rest is made by the package's own code.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from norwalk_analytics.intake.contract import read_contract
from norwalk_analytics.intake.templates import write_templates
from norwalk_analytics.policy import shipped, shipped_contract
from norwalk_analytics.sample import write_sample
from norwalk_analytics.whole import whole_folder

START = Path(__file__).parent / "start"
CODE_LISTS = ("schools.csv", "platforms.csv", "platform_aliases.csv")
"""What a board edits beside policy.toml; rules and schemas stay the package's, so that it may mend them."""
POLICY = """\
# What is to differ from the policy that comes with norwalk-analytics. Every setting stands here behind a #,
# with the value that it has as long as the # is there: take the # away, and change the value.
# [[clauses]], if given, replaces the whole catalogue. What is marked  own = true  the policy does not say:
# it is the toolkit's, for the Board to set.
"""


def write_working_folder(folder: Path) -> Path:
    """Write a working folder. As it stands, its data and contract give the report of the sample district.

    Args:
        folder: where to; it is made. Nothing may be in it.

    Returns:
        The folder: its README.md says what is in it.

    Raises:
        UserError: if the folder holds anything; nothing is written then.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     sorted(one.name for one in write_working_folder(Path(folder)).iterdir() if one.is_dir())
        ['contract', 'corrections', 'data', 'forms', 'jupyter', 'notebooks']
    """
    with whole_folder(folder) as made:
        shutil.copytree(START, made, dirs_exist_ok=True, copy_function=shutil.copyfile)
        _write_data(made / "data")
        _write_contract(made / "contract")
        write_templates(made / "forms", read_contract(made / "contract"))
        _write_notebooks(made / "notebooks")
    return folder


def _write_data(folder: Path) -> None:
    """The sample district, with mended rows where the folder has a place for them."""
    with (write_sample(folder) / "district.toml").open("a", encoding="utf-8", newline="\n") as file:
        file.write('corrections = "../corrections"\n')


def _write_contract(folder: Path) -> None:
    """An overlay that changes nothing yet."""
    folder.mkdir()
    for name in CODE_LISTS:
        shutil.copyfile(shipped_contract() / name, folder / name)
    text = (shipped_contract() / "policy.toml").read_text(encoding="utf-8")
    (folder / "policy.toml").write_text(as_a_start(text), encoding="utf-8", newline="\n")


def as_a_start(policy: str) -> str:
    r"""A policy.toml with each setting behind a ``#``. Headers of tables stay: an empty table changes nothing.

    Example:
        >>> print(as_a_start('# About.\n\n[look]\nlogo = ""\n[[clauses]]\n').removeprefix(POLICY))
        <BLANKLINE>
        [look]
        #logo = ""
        #[[clauses]]
    """
    _, _, settings = policy.partition("\n\n")  # what stands before is about the shipped file
    return f"{POLICY}\n" + re.sub(r"^(?=[^\[#\n]|\[\[)", "#", settings, flags=re.MULTILINE)


def _write_notebooks(folder: Path) -> None:
    """The shipped notebooks, not run yet, that read the folder's data and contract."""
    folder.mkdir()
    for path in sorted(shipped("notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            _begin(cell)
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        (folder / path.name).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _begin(cell: dict[str, Any]) -> None:
    """Empty a cell of what came out of it, and let parameters name the folder's own."""
    if cell["cell_type"] != "code":
        return
    cell.update(execution_count=None, outputs=[])
    if "parameters" in cell["metadata"].get("tags", ()):
        own = re.sub(r"^(data|contract) = None", r'\1 = "../\1"', "".join(cell["source"]), flags=re.MULTILINE)
        cell["source"] = own.splitlines(keepends=True)
