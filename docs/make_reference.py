"""Write ``policy.md``, ``reference/tables.md`` and ``reference/command_line.md``: ``python docs/make_reference.py`` (from the checkout).

What stands in them comes from ``data_schemas/`` and from the command line's own help.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

from norwalk_analytics.cli import main as command_line  # noqa: E402
from norwalk_analytics.intake.contract import Contract, Field, Table, read_contract  # noqa: E402
from norwalk_analytics.policy import Policy  # noqa: E402

WIDTH = 100  # characters of a line of help
PLACE = re.compile(r" \(\{\w+\}\)")
"""Where a message names a value."""

POLICY = """# The policy

What the policy of the {board} asks, in our own words, and what is measured of it. It was enacted on {enacted}. The ids
are used everywhere: in the tables, in charts, in the report. Each clause has a row in the report, also where no evidence
is collected for it. This page is written by `python docs/make_reference.py` from `data_schemas/policy.toml`.

{clauses}

**Audited** clauses are those that auditors look at, item by item; *{finding_rate}* is measured of each. Measured of all
clauses together are: {overall}. [Measures](measures.md) says how each is counted.

## What the policy does not say

The policy sets no target and few limits. Where the toolkit needs a number, it stands in `policy.toml`, for the Board to
set; the report says which are the toolkit's own.

| limit | hours | the toolkit's own, or law | source |
| --- | --: | --- | --- |
{limits}

| target, all of them the toolkit's own | |
| --- | --: |
{targets}

"As soon as possible" (C.2b) is no number: its limits are settings. A mandated reporter's 12 and 48 hours are those of
Connecticut law; the policy itself says only "as required by law and District policy".

## Two facts about its text

{cited}
- The policy names Twitter. The code list maps it to X and keeps what was written.

## When measuring begins

On the day of enactment. What was *recorded* earlier is set aside with that reason. An account that was in use before is
welcome, and counts.
"""

TABLES = """# The tables

Columns, types and rules of each table, as `data_schemas/` has them. This page is written by
`python docs/make_reference.py`. A header may be the column's name, its title or another name listed here, in any case and
order. What is not required may be missing, cell or column. Rules that a column's description tells already (required,
listed, a key that stands once) are left out; **critical** sets a row aside, a **warning** keeps it. [Bring your own data](../bring_your_own_data.md) says which files
are read and how dates and numbers may be written.

{tables}
"""

COMMANDS = """# The command line

The help of each command, as `norwalk-analytics COMMAND --help` prints it. This page is written by
`python docs/make_reference.py`.

## Exit codes

| code | what it means |
| --: | --- |
| 0 | Done. `validate`: every row was accepted. `verify`: the report is what the data give, byte by byte. |
| 1 | Done, and the answer is no. `validate`: some rows were set aside. `verify`: the report differs; what differs is said. |
| 2 | Not done. Something can't be read or written, or an argument makes no sense. One sentence on standard error says what, and what to do. What stood in the target's place before is as it was. |

Only `validate` and `verify` answer with 1. Warnings alone do not bring it about: a row with a warning is accepted. A run that
somebody interrupts ends with 1, too, and so does one that ends in a traceback, which is a fault of ours: please report it.

{commands}
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def policy_page(policy: Policy) -> str:
    """The page of the policy."""
    measures = policy.measures.values()
    sections = []
    for letter, title in policy.sections.items():
        rows = [f"## {letter}: {title}", "", "| id | what it asks | who carries it | measured | audited |", "| --- | --- | --- | --- | --- |"]  # fmt: skip
        for clause in policy.clauses:
            if clause.id.partition(".")[0] != letter:
                continue
            named = "; ".join(one.name for one in measures if one.clause == clause.id) or "–"
            asks = (
                clause.asks if clause.asks.startswith(clause.title) else f"**{clause.title}.** {clause.asks}"
            )
            rows.append(
                f"| {clause.id} | {_cell(asks)} | {clause.carried_by or '–'} | {named} | {'yes' if clause.audited else 'no'} |"
            )
        sections.append("\n".join(rows))
    limits = [
        f"| {one.id.replace('_', ' ')} | {one.hours} | {'own' if one.own else 'law'} | {one.citation} |"
        for one in policy.limits.values()
    ]
    targets = [
        f"| {one.name} ({one.clause}) | {'every case' if one.target == 1 else f'{one.target * 100:.0f} %'} |"
        for one in measures
        if one.target is not None
    ]
    cited = [
        f"- {one.id}: the policy prints {one.citation_as_printed}. {one.citation_note} The rule is {one.citation}."
        for one in policy.clauses
        if one.citation
    ]
    overall = [f"*{one.name}*" for one in measures if one.clause == "all"]
    return POLICY.format(
        board=policy.board, enacted=policy.enacted, clauses="\n\n".join(sections), limits="\n".join(limits),
        targets="\n".join(targets), cited="\n".join(cited), overall="; ".join(overall),
        finding_rate=policy.measures["finding_rate"].name,
    )  # fmt: skip


def _kind(one: Field) -> str:
    plain = {"string": "text", "boolean": "yes or no", "integer": "whole number", "datetime": "date and time"}
    if one.listed:
        kind = f"one of `{one.listed}.csv`"
    elif one.enum:
        kind = " / ".join(f"`{value}`" for value in one.enum)
    elif one.code_list:
        kind = f"text; `{one.code_list['resource']}.csv` maps spellings"
    else:
        kind = plain.get(one.type, one.type)
    return f"{kind}, **required**" if one.required else kind


def _meaning(one: Field) -> str:
    also = f" Also: {', '.join(one.aliases)}." if one.aliases else ""
    return _cell(f"{one.description}{also}")


def _table(table: Table) -> str:
    fields = [
        f"| `{one.name}` | {one.title} | {_cell(_kind(one))} | {_meaning(one)} |" for one in table.fields
    ]
    told = (".required", ".listed", ".known", ".unique")
    rules = [
        f"| `{rule.id}` | {rule.severity} | {_cell(PLACE.sub('', rule.wrong))} |"
        for rule in table.rules
        if not rule.id.endswith(told) or rule.severity == "warning"
    ]
    return "\n".join([
        f"## {table.name}", "", f"{table.title}. Key: {', '.join(f'`{name}`' for name in table.key)}.", "",
        "| column | title | holds | what it means |", "| --- | --- | --- | --- |", *fields, "",
        "| rule | severity | what is wrong |", "| --- | --- | --- |", *rules,
    ])  # fmt: skip


def tables_page(contract: Contract) -> str:
    """The page of the tables."""
    return TABLES.format(tables="\n\n".join(_table(one) for one in contract.tables.values()))


def _help(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[str]:
    context = click.Context(
        command, parent=parent, info_name=name, terminal_width=WIDTH, **command.context_settings
    )
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            yield from _help(command.commands[inner], inner, context)


def commands_page() -> str:
    """The page of the command line."""
    return COMMANDS.format(commands="\n\n".join(_help(command_line, "norwalk-analytics")))


def pages() -> dict[str, str]:
    """Every page that is written here, by its file."""
    contract = read_contract()
    return {
        "policy.md": policy_page(contract.policy),
        "reference/tables.md": tables_page(contract),
        "reference/command_line.md": commands_page(),
    }


def main() -> None:
    """Write them."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
