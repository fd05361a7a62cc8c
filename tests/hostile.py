"""A district that an attacker filled in: payloads in every text that a table, a file or a contract holds.

Each payload that could run calls ``alert`` with ``zq`` or asks for ``zq.invalid``, so that a test sees it.
"""

import csv
import json
import tomllib
from itertools import count, zip_longest

from norwalk_analytics.policy import shipped_contract

SCHEMAS = shipped_contract()
TABLES = ("tool_registrations", "exception_log", "audit_findings", "returns", "actions")
MARK = "zq"
RTL = "\u202egnp.\u2067exe"
ESCAPES = "\x1b]0;zq\x07\x1b[2J\x9b31m\x7f"
"""What a terminal would obey: a title, a screen wiped, a colour; and DEL."""

NAME = f"zq\"); import os; os.mkdir('zq') # <img src=x onerror=alert('zq')> {{{{7*7}}}} {{0.__class__}} %s {ESCAPES}{RTL}\n[x](javascript:1)"
"""A name of a file or a folder."""

SEEN = {
    "script": "<script>alert('zq')</script>",
    "svg": "<svg/onload=alert('zq')><set attributeName=href to=javascript:alert('zq')>",
    "style": "</style><style>*{display:none}body{background:url(https://zq.invalid/a)}</style>",
    "css": "x;width:expression(alert('zq'));background:url(javascript:alert('zq'))",
    "attribute": "\" onmouseover=\"alert('zq')\" style=\"position:fixed;inset:0",
    "single attribute": "' onfocus='alert(1)' autofocus tabindex='1",
    "markdown": "[zq](javascript:alert('zq')) ![zq](https://zq.invalid/b.png) <javascript:alert('zq')>",
    "comment": "<!--><img src=x onerror=alert('zq')>--> <!-- zq",
    "jinja": "{{7*7}}{% include 'zq' %}{# zq #}{{ page.style }}",
    "vega expression": "datum['constructor']['constructor'](\"alert('zq')\")() + '",
    "vega object": '{"signal": "warn(\'zq\')", "expr": "datum.label"}',
    "format": "{0.__class__}{title}{value} %n %s %(zq)s $zq ${zq}",
    "frame": '<iframe srcdoc="<script>alert(1)</script>"></iframe><object data=//zq.invalid/c>',
    "entities": "&lt;script&gt;alert('zq')&lt;/script&gt; &#x3c;img src=x onerror=alert(1)&#x3e;",
    "end of page": "</td></tr></table></main></body></html><h1>zq</h1><main>",
    "end of text": "</script></title></textarea></svg><img src=https://zq.invalid/d onerror=alert('zq')>",
    "head": '<base href=//zq.invalid><meta http-equiv=refresh content="0;url=//zq.invalid/e"><link rel=stylesheet href=//zq.invalid/f>',
    "form": "<form action=//zq.invalid/g><button autofocus onfocus=alert('zq')>zq</button></form>",
    "entity": ']]><!DOCTYPE zq [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "script text": "'+alert('zq')+\"`${alert('zq')}`\\",
    "formula": '=HYPERLINK("https://zq.invalid/h","zq")',
    "plus": "+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "right to left": f"{RTL} \u05d0\u05d1\u05d2",
    "piled up": "Z" + "\u0300\u0316\u0335" * 30 + "algo",
    "emoji": "\U0001f3f4\U0001f600\U0001f9ff\ufe0f",
    "long word": "W" * 10_000,
    "long words": "zq " * 1_000,
    "terminal": f"zq{ESCAPES}",
}  # fmt: skip
"""What a code, a name or a cell may hold: kind → payload."""
UNSEEN = {
    "zero width": "z\u200bq\u200d\u2060\ufeffz",
    "lines": "zq\r\n\r\n# zq\n| a |\n|---|",
    "led by a tab": "\t=1+1",
    "led by a return": "\r=1+1",
}
"""What free text may hold besides."""
ALL = {**SEEN, **UNSEEN}


class Planter:
    """Gives payload after payload, each with a number of its own.

    Attributes:
        planted: what was given, in order.
    """

    def __init__(self):
        self.payloads, self.numbers, self.planted = tuple(ALL.values()), count(1), []

    def __call__(self):
        number = next(self.numbers)
        self.planted.append(f"{self.payloads[number % len(self.payloads)]} {number}z")
        return self.planted[-1]


def toml(value):
    """A value of TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return value.isoformat()


def free_texts(table):
    """The fields of a table that any text may fill: no list, no pattern, no reference."""
    schema = json.loads((SCHEMAS / f"{table}.schema.json").read_text(encoding="utf-8"))
    tied = {one["fields"][0] for one in schema["foreignKeys"]} | {"clause", "measure", "repeat_of"}
    return [
        one["name"]
        for one in schema["fields"]
        if one["type"] == "string" and one["name"] not in tied
        and not {"enum", "pattern"} & set(one.get("constraints", {}))
    ]  # fmt: skip


def school_codes():
    """School of the sample → the code that every table and picture names it by: all payloads that a code may hold.

    There are fewer schools than payloads, so some hold two: what leads is of the later kinds.
    """
    with (SCHEMAS / "schools.csv").open(encoding="utf-8", newline="") as file:
        known = [row["school_id"] for row in csv.DictReader(file)]
    payloads = list(SEEN.values())
    first, leads = payloads[: -len(known)], payloads[-len(known) :]
    codes = [" ".join(both) for both in zip_longest(leads, first, fillvalue="zq")]
    return {
        school: f"{code} {number}s" for number, (school, code) in enumerate(zip(known, codes, strict=True))
    }


def write_contract(folder, schools, planter):
    """A contract folder whose every text is a payload: policy, sections, clauses, measures, events, code lists.

    Returns:
        What is planted where, by the kind of text.
    """
    with (SCHEMAS / "policy.toml").open("rb") as file:
        policy = tomllib.load(file)
    texts = {"board": planter(), "name": planter()}
    sections = {letter: planter() for letter in policy["sections"]}
    clauses = policy["clauses"]
    for clause in clauses:
        for name in ("title", "asks", "carried_by", "citation", "citation_as_printed", "citation_note"):
            clause[name] = planter() if name in clause else ""
        clause["limbs"] = {limb: planter() for limb in clause.get("limbs", {})}
    measures = {name: planter() for name in policy["measures"]}
    citations = {name: planter() for name in policy["limits"]}
    charted = [name for name, one in policy["measures"].items() if one.get("chart") in ("p", "u")]
    events = [planter() for _ in range(6)]
    lines = ["[policy]", *(f"{name} = {toml(text)}" for name, text in texts.items()), "[sections]"]
    lines += [f"{letter} = {toml(text)}" for letter, text in sections.items()]
    lines += ["[disclosure]", "people = 1", "count = 1", "dominance = 1.0"]
    for name, text in citations.items():
        lines += [f"[limits.{name}]", f"citation = {toml(text)}"]
    for name, text in measures.items():
        lines += [f"[measures.{name}]", f"name = {toml(text)}"]
    for clause in clauses:
        lines += ["[[clauses]]", *(f"{name} = {toml(value)}" for name, value in clause.items())]
    for month, label in enumerate(events, start=1):
        lines += ["[[events]]", f"date = 2025-{month:02}-10", f"label = {toml(label)}"]
        lines += [f"measures = {toml(charted)}", f"phase = {toml(month == 3)}"]
    folder.mkdir()
    (folder / "policy.toml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    titles = [_rewrite(folder, table, planter) for table in TABLES]
    names = {code: planter() for code in schools.values()}
    _write(folder / "schools.csv", [
        {"school_id": code, "name": name, "level": planter()} for code, name in names.items()
    ])  # fmt: skip
    with (SCHEMAS / "platforms.csv").open(encoding="utf-8", newline="") as file:
        known = [row["platform"] for row in csv.DictReader(file)]
    platforms = {name: planter() for name in known}
    _write(folder / "platforms.csv", [{"platform": p, "kind": planter()} for p in platforms.values()])
    _write(folder / "platform_aliases.csv", [
        {"alias": alias, "platform": platforms[name]}
        for alias, name in [*((name, name) for name in known), ("Twitter", "X"), ("twitter.com", "X")]
    ])  # fmt: skip
    return {
        **texts, "sections": list(sections.values()), "titles": [clause["title"] for clause in clauses],
        "measures": list(measures.values()), "citations": list(citations.values()), "events": events,
        "asked": [clause["asks"] for clause in clauses if clause["citation"]], "tables": titles,
    }  # fmt: skip


def _rewrite(folder, table, planter):
    """A table's schema and suite with payloads for every title, description, rule and message; gives its title."""
    schema = json.loads((SCHEMAS / f"{table}.schema.json").read_text(encoding="utf-8"))
    suite = json.loads((SCHEMAS / f"{table}.expectations.json").read_text(encoding="utf-8"))
    for one in (schema, *schema["fields"]):
        one |= {"title": planter(), "description": planter()}
    for one in suite["expectations"]:
        one["meta"] |= {name: planter() for name in ("rule", "wrong", "remedy") if name in one["meta"]}
    for kind, text in (("schema", schema), ("expectations", suite)):
        (folder / f"{table}.{kind}.json").write_text(json.dumps(text), encoding="utf-8")
    return schema["title"]


def write_district(folder, sample, schools, planter, most=None):
    """The sample's tables, of each at most so many rows, with payloads in every free text, in headers that nobody knows and in rows that are set aside.

    Returns:
        The texts of the Board's actions, which the report prints.
    """
    folder.mkdir()
    rows = {}
    for table in TABLES:
        with (sample / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            rows[table] = list(csv.DictReader(file))[-most if most else 0 :]
        extra = [text for text in (planter() for _ in range(8)) if "__" not in text]
        for number, row in enumerate(rows[table]):
            if "school_id" in row:
                row["school_id"] = schools[row["school_id"]]
            for name in free_texts(table):
                if row[name] and (name not in ("platform", "account") or number % 20 == 0):
                    row[name] = f"{planter()} {row[name]}"
            for header in extra:
                row[header] = planter() if number < 40 else ""
        keys = list(rows[table][0])
        rows[table] += [{name: planter() for name in keys} for _ in range(len(ALL))]  # set aside
    told = [row["action"] for row in rows["actions"] if row["measure"] in _measures()]
    for table in TABLES:
        _write(folder / f"{table}.csv", rows[table])
    (folder / "district.toml").write_text("as_of = 2026-06-30\nsample = true\n", encoding="utf-8")
    return told


def write_profile(path, data, planter):
    """An import profile whose header, rule and note are payloads, with the header in the table's file; one file has a hostile name."""
    file, header, rule, note = data / "tool_registrations.csv", planter(), planter(), planter()
    names, rows = file.read_text(encoding="utf-8").split("\n", 1)
    quoted = header.replace('"', '""')
    file.write_text(f"{names.replace('group_name', quoted)}\n{rows}", encoding="utf-8", newline="")
    path.write_text(
        f"table = 'tool_registrations'\nnote = {toml(note)}\n[columns]\ngroup_name = {toml(header)}\n"
        f"[[rows]]\nrule = {toml(rule)}\ncolumn = 'participants'\nleave_out = ['0']\n",
        encoding="utf-8",
    )
    (data / "exception_log.csv").rename(data / f"{NAME}.csv")
    with (data / "district.toml").open("a", encoding="utf-8") as toml_file:
        toml_file.write(f"[exception_log]\nfile = {toml(f'{NAME}.csv')}\n")


def _measures():
    with (SCHEMAS / "policy.toml").open("rb") as file:
        return set(tomllib.load(file)["measures"])


def _write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
