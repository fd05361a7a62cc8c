"""The cases: an expectation, the kinds of columns it applies to, its arguments given a frame."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gx.frames import KINDS, NUMBERS, TEXTS, TIMES, VALUES
from hypothesis import strategies as st

REGEXES = (
    "a",
    "^a",
    "^[a-z]+",
    r"\A[ \t\n]",
    "[0-9]",
    "é|ß",
    "(?i)AB",
    "a.b",
    "(?s)o.l",
    "(?m)^l",
    "^.{2}",
    "",
    "😀",
    "[^a-z]",
    "^(?!a)",
    "(?<=a)b",
    r"(.)\1",
    r"\.",
    r"^\W",
    "(?P<first>a)(?P=first)?b",
    r"\bb\b",
    "a{1,2}",
)
FORMATS = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%Y-%m-%dT%H:%M:%S",
    "%H:%M",
    "%b %d, %Y",
    "%Y%m%d",
    "%Y-%m-%d %H:%M:%S.%f",
    "%j",
    "",
)
SCHEMAS = (
    {"type": "object"},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
    {"type": ["number", "null"]},
    {},
    {"enum": [1, "x", None]},
)


@dataclass(frozen=True)
class Case:
    """An expectation to be compared."""

    expectation: str
    kinds: tuple[Any, ...] = KINDS
    arguments: Callable[..., dict[str, Any]] = field(default=lambda draw, frame, kind: {})
    domain: str = "column"
    mostly: bool = False
    most: int = 4  # expectations on one frame

    @property
    def name(self):
        return self.expectation.removeprefix("Expect")


def _values(frame, kind, column="a"):
    """Values from the column, or others of the kind."""
    held = frame[column].drop_nulls().to_list()
    if kind == "level":  # a value that no Enum holds is for a test of its own
        return VALUES[kind] | st.just("no such level")
    return st.sampled_from(held) | VALUES[kind] if held else VALUES[kind]


def _in_utc(value):
    zoned = isinstance(value, dt.datetime) and value.tzinfo is not None
    return value.astimezone(dt.UTC) if zoned else value


def _set(draw, frame, kind, least=0):
    """A value set: of the kind, at times with strangers or as text.

    Text is written in UTC: where a set has two offsets, pandas loses moments of an hour that comes twice.
    """
    values = draw(st.lists(_values(frame, kind), min_size=least, max_size=5))
    if kind in ("day", *TIMES) and draw(st.integers(0, 4)) == 0:
        values = [_in_utc(value).isoformat() for value in values]
    elif kind in NUMBERS and draw(st.integers(0, 4)) == 0:
        values += draw(st.sampled_from(([0.5], [None], ["a"], [1, 1.0], [2**60])))
    elif kind in TEXTS and draw(st.integers(0, 4)) == 0:
        values += draw(st.sampled_from(([1], [None], [1.5, "b"], ["b", "b"])))
    return {"value_set": values}


def _set_argument(draw, frame, kind):
    return _set(draw, frame, kind)


def _member_set(draw, frame, kind):
    """A value set, with no dates as text: pandas compares its dates to the text itself."""
    values = _set(draw, frame, kind)["value_set"]
    return {
        "value_set": [dt.date.fromisoformat(v) if kind == "day" and isinstance(v, str) else v for v in values]
    }


def _nonempty_set(draw, frame, kind):
    return _set(draw, frame, kind, least=1)


def _same_set(draw, frame, kind):
    """Often just the values of the column."""
    if draw(st.booleans()):
        return {"value_set": frame["a"].drop_nulls().unique(maintain_order=True).to_list() or [1]}
    return _set(draw, frame, kind, least=1)


def _order(draw, low, high):
    """Bounds in order, at least one of them, with or without the bounds themselves."""
    if low is not None and high is not None and low > high:
        low, high = high, low
    which = draw(st.sampled_from(("both", "low", "high")))
    found = {}
    if which != "high":
        found |= {"min_value": low, "strict_min": draw(st.booleans())}
    if which != "low":
        found |= {"max_value": high, "strict_max": draw(st.booleans())}
    return found


def _between(draw, frame, kind):
    """Bounds of the column's own kind."""
    values = _values(frame, kind)
    if kind in NUMBERS and draw(st.booleans()):
        values = st.integers(-3, 3) | st.sampled_from((-0.5, 0.5, 1e9))
    bounds = _order(draw, draw(values), draw(values))
    if kind in ("day", *TIMES) and draw(st.integers(0, 3)) == 0:
        for name in ("min_value", "max_value"):
            if isinstance(bounds.get(name), dt.date):
                bounds[name] = bounds[name].isoformat()
    return bounds


def _number_between(low, high, whole=False, strict=True):
    def arguments(draw, frame, kind):
        values = (
            st.integers(low, high) if whole else st.sampled_from((0, 0.25, 0.5, 1)) | st.integers(low, high)
        )
        bounds = _order(draw, draw(values), draw(values))
        return {name: bound for name, bound in bounds.items() if strict or not name.startswith("strict")}

    return arguments


def _about(draw, frame, kind):
    """Bounds for a mean, a median, a sum: around the values, or nought."""
    values = st.sampled_from((0, 1, 0.5, -1000, 1000))
    values = values | _values(frame, kind) if kind in NUMBERS else values
    return _order(draw, draw(values), draw(values))


def _strictly(draw, frame, kind):
    return {"strictly": draw(st.sampled_from((True, False, None)))}


def _regex_list(draw, frame, kind):
    return {"regex_list": draw(st.lists(st.sampled_from(REGEXES), min_size=1, max_size=3))}


def _regex_list_match(draw, frame, kind):
    return _regex_list(draw, frame, kind) | {"match_on": draw(st.sampled_from(("any", "all")))}


def _z_score(draw, frame, kind):
    threshold = draw(st.sampled_from((0.1, 0.6, 0.9, 1.3, 2.2, -0.4)))
    return {"threshold": threshold, "double_sided": draw(st.booleans())}


def _outliers(draw, frame, kind):
    method = draw(st.sampled_from(("iqr", "std")))
    return {"method": method, "multiplier": draw(st.sampled_from((0.3, 0.9, 1.5, 3)))}


def _common(draw, frame, kind):
    return _same_set(draw, frame, kind) | {"ties_okay": draw(st.sampled_from((True, False, None)))}


def _quantiles(draw, frame, kind):
    quantiles = draw(
        st.lists(st.sampled_from((0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1)), min_size=1, max_size=3)
    )
    edges = st.none() | _values(frame, kind)
    ranges = [
        sorted(draw(st.tuples(edges, edges)), key=lambda edge: (edge is not None, edge)) for _ in quantiles
    ]
    ranges = [[low, None] if low is not None and low == high else [low, high] for low, high in ranges]
    error = draw(st.sampled_from((False, "linear", "lower", "higher", "midpoint", "nearest")))
    return {
        "quantile_ranges": {"quantiles": quantiles, "value_ranges": ranges},
        "allow_relative_error": error,
    }


def _ignore(*choices):
    def arguments(draw, frame, kind):
        choice = draw(st.sampled_from((None, *choices)))
        return {} if choice is None else {"ignore_row_if": choice}

    return arguments


_pair = _ignore("both_values_are_missing", "either_value_is_missing", "neither")
_record = _ignore("all_values_are_missing", "any_value_is_missing", "never")


def _greater(draw, frame, kind):
    return _pair(draw, frame, kind) | {"or_equal": draw(st.sampled_from((True, False, None)))}


def _pairs(draw, frame, kind):
    held = frame.select("a", "b").rows()
    value = st.none() | _values(frame, kind)
    pairs = st.tuples(value, value)
    pairs = st.sampled_from(held) | pairs if held else pairs
    return _pair(draw, frame, kind) | {"value_pairs_set": draw(st.lists(pairs, max_size=4))}


def _sum(draw, frame, kind):
    rows = [sum(row) for row in frame.select("a", "b").rows() if None not in row]
    return _record(draw, frame, kind) | {"sum_total": draw(st.sampled_from([0, 1, *rows]))}


def _choice(name, values):
    return lambda draw, frame, kind: {name: draw(st.sampled_from(values))}


def _columns(draw, frame, kind):
    return {
        "column_list": draw(
            st.permutations(frame.columns) | st.lists(st.sampled_from(("key", "a", "b", "z")))
        )
    }


def _column_set(draw, frame, kind):
    names = draw(st.just(frame.columns) | st.lists(st.sampled_from((*frame.columns, "z")), unique=True))
    return {"column_set": names, "exact_match": draw(st.booleans())}


def _exists(draw, frame, kind):
    place = draw(st.sampled_from(({}, {"column_index": 0}, {"column_index": 1}, {"column_index": 9})))
    return {"column": draw(st.sampled_from((*frame.columns, "z")))} | place


_measured = (*NUMBERS, "wild", "day", *TIMES)
_written = (*TEXTS, "stamp")
_lengths = _number_between(0, 4, whole=True)
_shares = _number_between(0, 1)
_SERIAL = (
    "whole",
    "real",
    "wild",
    "day",
    *TIMES,
)  # the difference of two unsigned numbers wraps around in pandas
_BUT_TIMES = tuple(kind for kind in KINDS if kind not in TIMES)  # pandas finds no datetime in a value set


def _map(expectation, kinds=KINDS, arguments=lambda draw, frame, kind: {}, domain="column"):
    return Case(expectation, kinds, arguments, domain, mostly=True)


CASES = (
    _map("ExpectColumnValuesToBeNull"),
    _map("ExpectColumnValuesToNotBeNull"),
    _map("ExpectColumnValuesToBeUnique"),
    _map("ExpectColumnValuesToBeInSet", arguments=_member_set),
    _map("ExpectColumnValuesToNotBeInSet", arguments=_member_set),
    _map("ExpectColumnValuesToBeBetween", (*_measured, "flag"), _between),
    _map("ExpectColumnValuesToBeIncreasing", _SERIAL, _strictly),
    _map("ExpectColumnValuesToBeDecreasing", _SERIAL, _strictly),
    _map("ExpectColumnValueLengthsToEqual", _written, _choice("value", (0, 1, 2, 10))),
    _map("ExpectColumnValueLengthsToBeBetween", _written, _lengths),
    _map("ExpectColumnValuesToMatchRegex", TEXTS, _choice("regex", REGEXES)),
    _map("ExpectColumnValuesToNotMatchRegex", TEXTS, _choice("regex", REGEXES)),
    _map("ExpectColumnValuesToMatchRegexList", TEXTS, _regex_list_match),
    _map("ExpectColumnValuesToNotMatchRegexList", TEXTS, _regex_list),
    _map("ExpectColumnValuesToMatchStrftimeFormat", ("stamp", "text"), _choice("strftime_format", FORMATS)),
    _map("ExpectColumnValuesToBeDateutilParseable", ("stamp", "text")),
    _map("ExpectColumnValuesToBeJsonParseable", ("jsonish", "text")),
    _map("ExpectColumnValuesToMatchJsonSchema", ("json",), _choice("json_schema", SCHEMAS)),
    _map("ExpectColumnValueZScoresToBeLessThan", NUMBERS, _z_score),
    _map("ExpectColumnValuesToNotBeOutliers", NUMBERS, _outliers),
    _map("ExpectColumnPairValuesToBeEqual", (*KINDS, ("whole", "real")), _pair, "pair"),
    _map(
        "ExpectColumnPairValuesAToBeGreaterThanB", (*_measured, "text", ("whole", "real")), _greater, "pair"
    ),
    _map(
        "ExpectColumnPairValuesToBeInSet", (*NUMBERS, "wild", *TEXTS, "flag", "day", "moment"), _pairs, "pair"
    ),
    _map("ExpectCompoundColumnsToBeUnique", (*KINDS, ("whole", "text")), _record, "record"),
    _map("ExpectMulticolumnSumToEqual", (*NUMBERS, ("whole", "real")), _sum, "record"),
    _map("ExpectMulticolumnValuesToBeEqual", (*KINDS, ("whole", "real")), _record, "record"),
    _map("ExpectSelectColumnValuesToBeUniqueWithinRecord", (*KINDS, ("whole", "real")), _record, "record"),
    Case("ExpectColumnMinToBeBetween", _measured, _between),
    Case("ExpectColumnMaxToBeBetween", _measured, _between),
    Case("ExpectColumnMeanToBeBetween", (*NUMBERS, "flag", "nothing"), _about),
    Case("ExpectColumnMedianToBeBetween", (*NUMBERS, "nothing"), _about),
    Case("ExpectColumnSumToBeBetween", (*NUMBERS, "flag", "nothing"), _about),
    Case("ExpectColumnStdevToBeBetween", NUMBERS, _number_between(0, 9)),
    # alone: Great Expectations itself lets all quantile expectations of a suite on one column share one answer
    Case("ExpectColumnQuantileValuesToBeBetween", NUMBERS, _quantiles, most=1),
    Case("ExpectColumnUniqueValueCountToBeBetween", KINDS, _lengths),
    Case("ExpectColumnProportionOfUniqueValuesToBeBetween", KINDS, _shares),
    Case("ExpectColumnProportionOfNonNullValuesToBeBetween", KINDS, _shares),
    Case("ExpectColumnDistinctValuesToBeInSet", KINDS, _nonempty_set),
    Case("ExpectColumnDistinctValuesToContainSet", KINDS, _set_argument),
    Case("ExpectColumnDistinctValuesToEqualSet", KINDS, _same_set),
    Case("ExpectColumnMostCommonValueToBeInSet", _BUT_TIMES, _common),
    Case("ExpectColumnToExist", ("text",), _exists, "table"),
    Case("ExpectTableColumnCountToEqual", ("text",), _choice("value", (3, 4, 5)), "table"),
    Case(
        "ExpectTableColumnCountToBeBetween",
        ("text",),
        _number_between(2, 6, whole=True, strict=False),
        "table",
    ),
    Case("ExpectTableColumnsToMatchOrderedList", ("text",), _columns, "table"),
    Case("ExpectTableColumnsToMatchSet", ("text",), _column_set, "table"),
    Case("ExpectTableRowCountToEqual", ("whole",), _choice("value", (0, 1, 2, 3, 5)), "rows"),
    Case("ExpectTableRowCountToBeBetween", ("whole",), _number_between(0, 6, whole=True), "rows"),
)
