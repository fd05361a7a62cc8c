"""A folder of data_schemas → one Contract: fields, code lists, the rulebook, the texts.

Files in another folder take the place of the shipped ones, by name; what it lacks is the shipped
one (policy.toml alone is laid over key by key).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from norwalk_analytics import expressions
from norwalk_analytics.intake.reading import read_text
from norwalk_analytics.intake.suites import check_expectation
from norwalk_analytics.policy import Policy, UserError, read_policy, read_toml, shipped_contract

TABLES = ("tool_registrations", "exception_log", "audit_findings")
SMALL_TABLES = ("returns", "actions")
ALL_TABLES = (*TABLES, *SMALL_TABLES)
TYPES = ("string", "date", "datetime", "boolean", "integer")
CHARACTERS = re.compile(r"\[([^\]]+)\]\+")


@dataclass(frozen=True)
class Field:
    """One column of a table, as its Table Schema describes it."""

    name: str
    type: str
    title: str
    description: str
    required: bool = False
    clause: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    code_list: Mapping[str, str] | None = None
    """A list that maps spellings: resource, field, aliases."""
    listed: str | None = None
    """The code list that holds every value that is allowed."""
    example: str = ""

    @property
    def free(self) -> bool:
        """Whether it is text, and no list says of which."""
        return self.type == "string" and not (self.enum or self.listed or self.code_list)


@dataclass(frozen=True)
class Rule:
    """One expectation of the rulebook, with what a person reads when it is broken."""

    id: str
    field: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    wrong: str
    remedy: str
    clause: tuple[str, ...] = ()
    condition: Mapping[str, Any] | None = None
    near: str = ""
    mostly: float = 1.0
    """The share of rows that must keep it for the suite to succeed; rows are judged one by one."""
    known: bool = True
    """Whether ``expressions.py`` can run it; what it does not know is run by Great Expectations itself."""

    @property
    def columns(self) -> list[str]:
        """The columns that the rule looks at."""
        return expressions.columns(self.kwargs, self.condition)

    def given(self, parameters: Mapping[str, Any]) -> Rule:
        """The rule with each ``{"$PARAMETER": name}`` replaced by its typed value."""

        def value(argument: Any) -> Any:
            named = argument.get("$PARAMETER") if isinstance(argument, Mapping) else None
            return parameters.get(named, argument) if isinstance(named, str) else argument

        texts = {key: _worded(value) for key, value in parameters.items()}
        kwargs = {key: value(argument) for key, argument in self.kwargs.items()}
        wrong, remedy = _fill(self.wrong, texts), _fill(self.remedy, texts)
        return replace(self, kwargs=kwargs, wrong=wrong, remedy=remedy)


@dataclass(frozen=True, repr=False)
class Table:
    """One table of the contract."""

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    missing: tuple[str, ...]
    references: Mapping[str, str]
    """Field → the table whose key it names."""
    rules: tuple[Rule, ...]

    def __repr__(self) -> str:
        """One line."""
        return f"<Table {self.name}: {len(self.fields)} fields, {len(self.rules)} rules>"

    def field(self, name: str) -> Field:
        """The field of that name; KeyError where there is none."""
        return {one.name: one for one in self.fields}[name]

    def of_type(self, *types: str) -> list[str]:
        """Names of the fields of these types."""
        return [one.name for one in self.fields if one.type in types]


@dataclass(frozen=True, repr=False)
class Contract:
    """Everything that a loader needs to know, from one folder laid over the shipped one."""

    policy: Policy
    tables: Mapping[str, Table]
    code_lists: Mapping[str, list[dict[str, str]]]
    texts: Mapping[str, Any]
    profiles: Mapping[str, Path] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line."""
        return f"<Contract of {self.policy.board}: {', '.join(self.tables)}>"

    def codes(self, resource: str) -> list[str]:
        """The values of a code list's first column, in the file's order."""
        return [next(iter(row.values())) for row in self.code_lists[resource]]

    def parameters(self, as_of: date) -> dict[str, Any]:
        """What the rulebook's ``$PARAMETER`` names stand for."""
        return {
            "enacted": self.policy.enacted,
            "as_of": as_of,
            "audited_clauses": list(self.policy.audited),
            "measures": list(self.policy.measures),
            **{name: self.codes(name) for name in self.code_lists},
        }


def read_contract(folder: Path | str | None = None) -> Contract:
    """The shipped contract with ``folder`` laid over it file by file.

    Raises:
        UserError: if the folder or a file in it can't be used, in one sentence.

    Example:
        >>> contract = read_contract()
        >>> contract.tables["exception_log"].key
        ('exception_id',)
    """
    over = None if folder is None else Path(folder)
    if over is not None and not over.is_dir():
        message = f"{over.name} is not a folder, so no contract can be read from it."
        raise UserError(message)
    files = {path.name: path for path in sorted(shipped_contract().iterdir()) if path.is_file()}
    if over is not None:
        files |= {path.name: path for path in sorted(over.iterdir()) if not path.is_dir()}
    policy = read_policy(over)
    package = _json(files["datapackage.json"])
    texts = read_toml(files["rules.toml"])
    try:
        lists = {
            one["name"]: one["schema"] for one in package["resources"] if isinstance(one["schema"], dict)
        }
        code_lists = {name: _code_list(files[f"{name}.csv"], schema) for name, schema in lists.items()}
        tables = {}
        for name in ALL_TABLES:
            schema = _json(files[f"{name}.schema.json"])
            suite = _json(files[f"{name}.expectations.json"])
            tables[name] = _table(name, schema, suite, code_lists, texts)
    except (KeyError, TypeError, AttributeError) as error:
        message = f"The contract can't be used: {error} is missing or of the wrong kind."
        raise UserError(message) from None
    end = ".profile.toml"
    profiles = {name[: -len(end)]: path for name, path in files.items() if name.endswith(end)}
    return Contract(policy, tables, code_lists, texts, profiles, files)


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"{path.name} is not a JSON file that can be read: {error}."
        raise UserError(message) from None
    if not isinstance(value, dict):
        message = f"{path.name} does not hold a JSON object."
        raise UserError(message)
    return value


def _code_list(path: Path, schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of a code list; its first field holds the codes and must not be empty."""
    text = read_text(path)
    headers = [header.strip() for header in text.headers]
    names = [one["name"] for one in schema["fields"]]
    needed = [one["name"] for one in schema["fields"] if one.get("constraints", {}).get("required")]
    lacking = [name for name in needed if name not in headers]
    if lacking:
        message = f"{path.name} lacks the column {', '.join(lacking)}. The contract can't be used."
        raise UserError(message)
    cells = {
        name: text.frame[f"c{headers.index(name)}"].str.strip_chars() for name in names if name in headers
    }
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    return [row for row in rows if row[names[0]]]


def _table(
    name: str,
    schema: Mapping[str, Any],
    suite: Mapping[str, Any],
    code_lists: Mapping[str, Any],
    texts: Mapping[str, Any],
) -> Table:
    references = {one["fields"][0]: one["reference"]["resource"] for one in schema["foreignKeys"]}
    fields = tuple(_field(raw, references, code_lists, name) for raw in schema["fields"])
    key = _key(name, schema["primaryKey"], fields)
    rules: list[Rule] = []
    for raw, one in zip(schema["fields"], fields, strict=True):
        rules += _of_schema(one, raw.get("constraints", {}), key, references.get(one.name), code_lists, texts)
    if len(key) > 1:
        rules.append(_compound(key, texts))
    for number, raw in enumerate(suite["expectations"], start=1):
        check_expectation(raw, f"{name}.expectations.json", number)
        rule = _of_suite(raw, fields, f"{name}.expectations.json")
        same = sum(one.id == rule.id or one.id.startswith(f"{rule.id} ") for one in rules)
        rules.append(replace(rule, id=f"{rule.id} {same + 1}") if same else rule)
    rows = {name: other for name, other in references.items() if other not in code_lists}
    return Table(name, schema["title"], fields, key, tuple(schema["missingValues"]), rows, tuple(rules))


def _key(table: str, given: Any, fields: Sequence[Field]) -> tuple[str, ...]:
    """The fields of the primary key, which a Table Schema may give as one name."""
    key = (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
    if not key or set(key) - {one.name for one in fields}:
        message = f"{table}.schema.json: its primaryKey is not one or more of its fields. Nothing was loaded."
        raise UserError(message)
    return key


def _field(
    raw: Mapping[str, Any], references: Mapping[str, str], code_lists: Mapping[str, Any], table: str
) -> Field:
    if raw["type"] not in TYPES:
        message = f"{table}.schema.json: {raw['name']} is of a type that is not known ({', '.join(TYPES)})."
        raise UserError(message)
    reference = references.get(raw["name"])
    rules = raw.get("constraints", {})
    return Field(
        raw["name"], raw["type"], raw.get("title", raw["name"]), raw.get("description", ""),
        bool(rules.get("required")), tuple(raw.get("clause", ())), tuple(raw.get("aliases", ())),
        tuple(rules.get("enum", ())), tuple(raw.get("trueValues", ())), tuple(raw.get("falseValues", ())),
        raw.get("codeList"), reference if reference in code_lists else None, str(raw.get("example", "")),
    )  # fmt: skip


def _of_schema(
    one: Field, constraints: Mapping[str, Any], key: tuple[str, ...], reference: str | None,
    code_lists: Mapping[str, Any], texts: Mapping[str, Any],
) -> list[Rule]:  # fmt: skip
    """The expectations that follow from a field of the Table Schema."""
    rules: list[Rule] = []

    def add(
        name: str, kind: str, column: str = one.name, words: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        text = texts["schema"][name]
        words = {"field": one.name, **(words or {})}
        wrong, remedy, near = (_fill(text.get(part, ""), words) for part in ("wrong", "remedy", "near"))
        rules.append(Rule(f"{one.name}.{name}", one.name, kind, {"column": column, **kwargs},
                          text["severity"], wrong, remedy, one.clause, None, near))  # fmt: skip

    if one.required:
        add("required", "expect_column_values_to_not_be_null")
    if one.enum:
        add(
            "listed",
            "expect_column_values_to_be_in_set",
            value_set=list(one.enum),
            words={"values": ", ".join(one.enum)},
        )
    pattern = constraints.get("pattern")
    if pattern and (of := CHARACTERS.fullmatch(pattern)):
        add(
            "characters",
            "expect_column_values_to_not_match_regex",
            regex=f"[^{of[1]}]",
            words={"pattern": of[1]},
        )
    elif pattern:  # a cell is stripped, so "$" is its end in every engine
        add(
            "characters",
            "expect_column_values_to_match_regex",
            regex=f"^(?:{pattern})$",
            words={"pattern": pattern},
        )
    least, most = constraints.get("minLength"), constraints.get("maxLength")
    if least is not None or most is not None:
        ends = {"shortest": least or 0, "longest": most or "any number of"}
        add(
            "length", "expect_column_value_lengths_to_be_between", min_value=least, max_value=most, words=ends
        )
    for end, argument, name in (("minimum", "min_value", "at_least"), ("maximum", "max_value", "at_most")):
        if end in constraints:
            bound = constraints[end] if one.type == "integer" else date.fromisoformat(constraints[end])
            ends = {argument: bound}
            add(name, "expect_column_values_to_be_between", one.name, {name[3:]: bound}, **ends)
    if reference in code_lists:
        add(
            "known",
            "expect_column_values_to_be_in_set",
            value_set={"$PARAMETER": reference},
            words={"list": reference},
        )
    elif reference:
        add(
            "known_row",
            "expect_column_values_to_be_in_set",
            f"{one.name}__known",
            value_set=[True],
            words={"list": reference},
        )
    if constraints.get("unique") or key == (one.name,):
        add("unique", "expect_column_values_to_be_unique")
    return rules


def _compound(key: tuple[str, ...], texts: Mapping[str, Any]) -> Rule:
    text = texts["schema"]["unique"]
    wrong = _fill(text["wrong"], {"field": " and ".join(key)})
    kwargs = {"column_list": list(key), "ignore_row_if": "all_values_are_missing"}
    kind = "expect_compound_columns_to_be_unique"
    return Rule(f"{key[0]}.unique", key[0], kind, kwargs, text["severity"], wrong, text["remedy"])


def _of_suite(raw: Mapping[str, Any], fields: tuple[Field, ...], file: str) -> Rule:
    """An expectation of a suite; refused in one sentence where it names nothing of the table."""
    meta, kwargs = raw.get("meta") or {}, dict(raw["kwargs"])
    mostly, condition = kwargs.pop("mostly", None), None
    if not isinstance(kwargs.get("row_condition"), str):  # as text it is Great Expectations' to read
        condition = kwargs.pop("row_condition", None)
        kwargs.pop("condition_parser", None)
    known = _is_known(raw["type"], kwargs, condition)
    named = {one.name for one in fields}
    column = next((c for c in expressions.columns(kwargs) if c.split("__")[0] in named), None)
    name = meta.get("rule") or ".".join(filter(None, [column, raw["type"].removeprefix("expect_")]))
    if column is None and known:
        message = f"{file}: the expectation {name} names no column of the table. Nothing was loaded."
        raise UserError(message)
    default = f"An expectation of {file} is broken: {raw['type']}."
    return Rule(
        name, meta.get("field", (column or "").split("__")[0]), raw["type"], kwargs,
        raw.get("severity", "critical"), meta.get("wrong", default),
        meta.get("remedy", "Correct it, and load it again."), tuple(meta.get("clause", ())), condition,
        mostly=1.0 if mostly is None else mostly, known=known,
    )  # fmt: skip


def _is_known(kind: str, kwargs: Mapping[str, Any], condition: Any) -> bool:
    """Whether an expectation can be turned into an expression, whatever its parameters come to."""
    probe = {
        key: ([] if key == "value_set" else 0) if isinstance(value, dict) else value
        for key, value in kwargs.items()
    }
    if "row_condition" in kwargs or (condition is not None and not isinstance(condition, Mapping)):
        return False
    try:
        expressions.expression(kind, probe, condition)
    except (TypeError, KeyError, ValueError):  # of an expectation that is unknown, or a key of no columns
        return False
    return True


def _worded(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _fill(text: str, words: Mapping[str, Any]) -> str:
    """Put words in place of their names in braces; names that are not given stay."""
    for key, word in words.items():
        text = text.replace(f"{{{key}}}", str(word))
    return text
