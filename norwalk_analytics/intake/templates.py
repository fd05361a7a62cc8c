"""Entry templates: a workbook a table, made from the contract, that a person fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from norwalk_analytics.intake.choices import choices
from norwalk_analytics.intake.contract import ALL_TABLES, Contract, Field, Rule, Table
from norwalk_analytics.intake.example import NOT_NULL, NULL, example_row, given_rules
from norwalk_analytics.intake.formulas import blank, formula
from norwalk_analytics.intake.problems import general
from norwalk_analytics.intake.texts import letters
from norwalk_analytics.intake.xlsx_writing import LISTS, TEXT, comment, lists_of, put, workbook
from norwalk_analytics.whole import make_folder

LAST = 2_001
"""The last row that is formatted and checked: 2,000 below the header."""
MOST_NOTE = 500
NEEDED = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F3864", "valign": "vcenter", "border": 1}
WANTED = {**NEEDED, "bg_color": "#6B7A90"}
EXAMPLE_ROW = {**TEXT, "italic": True, "font_color": "#808080", "bg_color": "#F2F2F2"}
LACKING = {"bg_color": "#F8B9A0"}
CLOSED = {"bg_color": "#D9D9D9"}
FORMS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "integer": "0"}
FIRST_DAY = date(1900, 1, 1)
ABOUT = (
    "Dark headers: every row needs the cell. A cell turns orange where it is needed and empty, and grey where "
    "it is to be left empty. Row 2 is an example, which is passed over."
)
BETWEEN = "expect_column_values_to_be_between"


def write_templates(folder: Path, contract: Contract, tables: Sequence[str] = ALL_TABLES) -> list[Path]:
    """Write ``<table>.template.xlsx`` for each table; the same contract gives the same bytes.

    Args:
        folder: where to; it is made.
        contract: what the forms are made of.
        tables: which tables.

    Raises:
        UserError: if the folder can't be made.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from norwalk_analytics.intake.contract import read_contract
        >>> with TemporaryDirectory() as folder:
        ...     [path.name for path in write_templates(Path(folder), read_contract(), ["returns"])]
        ['returns.template.xlsx']
    """
    make_folder(folder)
    paths = [folder / f"{table}.template.xlsx" for table in tables]
    for table, path in zip(tables, paths, strict=True):
        _write(contract.tables[table], contract, path)
    return paths


def _write(table: Table, contract: Contract, path: Path) -> None:
    rules, example = given_rules(table, contract), example_row(table, contract)
    parameters = contract.parameters(contract.policy.enacted)
    chosen = {one.name: choices(one, contract, parameters) for one in table.fields}
    with workbook(path) as book:
        page = book.add_worksheet(_title(table))
        styles = {name: book.add_format(of) for name, of in _styles().items()}
        page.set_row(0, 24)
        for column, one in enumerate(table.fields):
            page.write_string(0, column, one.name, styles["needed" if one.required else "wanted"])
            width = max(len(one.name), len(example[one.name]), *map(len, chosen[one.name] or [""]))
            page.set_column(column, column, min(width + 3, 40), styles[one.type])
            note = _note(one, table, contract, rules, chosen[one.name])
            comment(page, 0, column, f"{note}\n{ABOUT}" if one.name == table.key[0] else note)
        for column, one in enumerate(table.fields):
            put(page, 1, column, example[one.name], styles["example"])
        _mark(page, table, rules, styles)
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_comments_author("norwalk-analytics")
        listed = lists_of(book, {name: values for name, values in chosen.items() if values})
        for column, one in enumerate(table.fields):
            allowed = _allowed(one, rules, listed.get(one.name))
            if allowed:
                page.data_validation(1, column, LAST - 1, column, allowed)


def _title(table: Table) -> str:
    """The table's title, as far as a sheet may bear it; its name where that is nothing, or another sheet's."""
    fit = (one for one in table.title if one.isprintable() and one not in r"[]:*?/\'")
    title = "".join(fit)[:31].strip()
    return title if title and title.casefold() != LISTS.casefold() else table.name[:31]


def _styles() -> dict[str, dict[str, Any]]:
    cells = {
        kind: {"num_format": FORMS.get(kind, "@"), "valign": "top"} for kind in (*FORMS, "string", "boolean")
    }
    return {
        "needed": NEEDED, "wanted": WANTED, "example": EXAMPLE_ROW, "lacking": LACKING, "closed": CLOSED, **cells,
    }  # fmt: skip


def _note(one: Field, table: Table, contract: Contract, rules: Sequence[Rule], chosen: Sequence[str]) -> str:
    """What a person is told of a field: what it means, whether it is needed, what may be entered."""
    mine = [rule for rule in rules if rule.severity == "critical" and not rule.id.endswith(".required")]
    told = [general(rule.wrong) for rule in mine if _is_of(rule, one)]
    forms = [rule.remedy for rule in mine if rule.kwargs.get("column") == one.name and _is_of_text(rule)]
    others = one.code_list is not None
    form = (
        "Choose from the list, or write another." if others
        else contract.texts["how"]["boolean"] if one.type == "boolean"
        else "Choose from the list." if chosen
        else "" if one.type == "string" else contract.texts["how"][one.type]
    )  # fmt: skip
    lines = [
        one.title,
        one.description,
        "Every row needs it." if one.required else "",
        " ".join(filter(None, [form, _ends_in_words(_ends(one, rules)), *forms])),
        "A row is set aside where: " + " ".join(told) if told else "",
    ]
    text = "\n".join(line for line in dict.fromkeys(lines) if line)
    return text if len(text) <= MOST_NOTE else text[: MOST_NOTE - 1] + "…"


def _is_of_text(rule: Rule) -> bool:
    """Whether a rule says of which characters, or how many, a text is made."""
    return rule.condition is None and ("regex" in rule.type or "value_lengths" in rule.type)


def _is_of(rule: Rule, one: Field) -> bool:
    """Whether a rule is of a field, and hangs on another cell of the row."""
    columns = rule.kwargs.get("column_A"), rule.kwargs.get("column_B")
    if rule.condition is not None:
        return one.name in (rule.kwargs.get("column"), rule.field)
    return rule.field == one.name and None not in columns


Ends = tuple[Any, Any]


def _ends(one: Field, rules: Sequence[Rule]) -> Ends:
    """The least and the greatest value that a field may have; None where there is no such end."""
    found = [
        rule.kwargs for rule in rules
        if rule.type == BETWEEN and rule.condition is None and rule.severity == "critical"
        and rule.kwargs["column"] in (one.name, f"{one.name}__on")
    ]  # fmt: skip
    least = [of["min_value"] for of in found if of.get("min_value") is not None]
    most = [of["max_value"] for of in found if of.get("max_value") is not None]
    return max(least, default=None), min(most, default=None)


def _ends_in_words(ends: Ends) -> str:
    least, most = ends
    if isinstance(least, date):
        first = f"On or after {least}."
    else:
        first = "" if least is None else f"{least} or more."
    if most is None:
        return first
    return f"{first} {most} at the latest." if isinstance(most, date) else f"{first} {most} at the most."


def _allowed(one: Field, rules: Sequence[Rule], listed: str | None) -> dict[str, Any] | None:
    """What may be entered in a field's cells. Text that a loader reads all the same is asked about only."""
    if listed is not None:
        strict = one.code_list is None and one.type != "boolean"
        said = "Choose one from the list." if strict else "This is not on the list. Keep it all the same?"
        how: dict[str, Any] = {"validate": "list", "source": listed}
    elif one.type in FORMS:
        least, most = _ends(one, rules)
        strict = False
        how = {"validate": "date" if one.type != "integer" else "integer"}
        if one.type != "integer":
            least, most = _moment(least or FIRST_DAY), most and _moment(most, time(23, 59, 59))
            said = f"This is no date from {least:%Y-%m-%d} on. Keep it all the same?"
        else:
            least = -(2**31) if least is None else least
            said = "This is no whole number of those that are allowed. Keep it all the same?"
        how |= (
            {"criteria": ">=", "value": least} if most is None
            else {"criteria": "between", "minimum": least, "maximum": most}
        )  # fmt: skip
    else:
        return None
    return {
        **how, "ignore_blank": True, "error_type": "stop" if strict else "warning",
        "error_title": one.name[:32], "error_message": said,
    }  # fmt: skip


def _moment(day: date, clock: time = time.min) -> datetime:
    return datetime.combine(day, clock)


def _mark(page: Any, table: Table, rules: Sequence[Rule], styles: Mapping[str, Any]) -> None:
    """Colour a cell that is needed and empty, and one that is to be left empty."""
    places = {one.name: i for i, one in enumerate(table.fields)}
    row = f"COUNTA($A2:${letters(len(places) - 1)}2)>0"

    def colour(name: str, said: str, style: str) -> None:
        column = places[name]
        how = {"type": "formula", "criteria": f"={said}", "format": styles[style]}
        page.conditional_format(1, column, LAST - 1, column, how)

    for one in table.fields:
        if one.required:
            colour(one.name, f"AND({row},{blank(places[one.name], table)})", "lacking")
    for rule in rules:
        said = formula(rule.condition, table) if rule.condition is not None else ""
        name = rule.kwargs.get("column")
        if not said or name not in places:
            continue
        empty = blank(places[name], table)
        if rule.type == NOT_NULL:
            colour(name, f"AND({said},{empty})", "lacking")
        elif rule.type == NULL:
            colour(name, f"AND({said},NOT({empty}))", "lacking")
            colour(name, f"AND({row},{said})", "closed")
