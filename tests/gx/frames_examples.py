"""Whole examples: a frame, expectations of one class with their arguments, a result format."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from gx.frames import VALUES, dtype_of, frames
from gx.frames_engines import Column, gxe
from hypothesis import strategies as st

HELPERS = {
    "n": "whole",
    "t": "text",
    "f": "flag",
    "e": "level",
}  # no nulls: `!=` and `is_not_in` of a null are a known difference
HOLES = {"h": "real", "x": "text", "m": "moment", "d": "day"}
SIGNS = ("__eq__", "__lt__", "__le__", "__gt__", "__ge__")


@dataclass(frozen=True)
class Example:
    """What is asked of both engines."""

    frame: pl.DataFrame
    expectations: list[Any]
    result_format: Any
    lazy: bool


def _held(frame, name, kind):
    held = frame[name].drop_nulls().to_list()
    return st.sampled_from(held) | VALUES[kind] if held else VALUES[kind]


@st.composite
def _leaf(draw, frame):
    name = draw(st.sampled_from((*HELPERS, *HOLES)))
    column, kind = Column(name), (HELPERS | HOLES)[name]
    values = _held(frame, name, kind)
    if name == "f":
        return getattr(column, draw(st.sampled_from(("__eq__", "__ne__"))))(draw(values))
    tests = ["compare", "compare"]
    if name != "d":  # pandas compares its dates to the text itself
        tests.append("is_in")
    tests += ["is_not_in", "differ"] if name in HELPERS else ["is_null", "is_not_null"]
    test = draw(st.sampled_from(tests))
    if test in ("is_in", "is_not_in"):
        chosen = draw(st.lists(values, max_size=3))
        return getattr(column, test)([value.isoformat() for value in chosen] if name == "m" else chosen)
    if test in ("is_null", "is_not_null"):
        return getattr(column, test)()
    value = draw(values)
    value = value.isoformat() if name == "m" and draw(st.booleans()) else value
    if test == "differ":
        return column != value
    return getattr(column, "__eq__" if name == "x" else draw(st.sampled_from(SIGNS)))(value)


@st.composite
def conditions(draw, frame):
    """A row condition: one test, an and of tests, an or of those."""
    shape = draw(st.sampled_from(("leaf", "and", "or", "both")))
    leaf = _leaf(frame)
    if shape == "leaf":
        return draw(leaf)
    if shape == "and":
        return draw(leaf) & draw(leaf)
    if shape == "or":
        return draw(leaf) | draw(leaf)
    return (draw(leaf) & draw(leaf)) | draw(leaf)


@st.composite
def result_formats(draw):
    """The four formats, bare or with what can be asked along."""
    name = draw(st.sampled_from(("COMPLETE", "COMPLETE", "SUMMARY", "BASIC", "BOOLEAN_ONLY")))
    if draw(st.booleans()):
        return name
    asked = {"result_format": name}
    if draw(st.booleans()):
        asked["unexpected_index_column_names"] = draw(st.sampled_from((["key"], ["key", "a"], ["b", "key"])))
    for option in ("exclude_unexpected_values", "include_unexpected_rows", "return_unexpected_index_query"):
        if draw(st.integers(0, 3)) == 0:
            asked[option] = draw(st.booleans())
    # the one list of excluded values' keys is cut by Polars (as by SQL and Spark) and not by pandas
    whole = name == "COMPLETE" or not asked.get("exclude_unexpected_values")
    if whole and draw(st.integers(0, 2)) == 0:
        asked["partial_unexpected_count"] = draw(st.sampled_from((0, 1, 3)))
    return asked


@st.composite
def examples(draw, case):
    """An example for a case: several expectations on one frame."""
    kind = draw(st.sampled_from(case.kinds))
    first, second = kind if isinstance(kind, tuple) else (kind, kind)
    kinds = {"a": first, "b": second} if case.domain == "column" else {"a": first, "b": second, "c": first}
    conditional = case.domain != "table" and draw(st.integers(0, 2)) == 0
    if conditional:
        kinds |= HOLES
    frame = draw(frames(kinds))
    if conditional:
        frame = frame.with_columns(
            pl.Series(
                name,
                draw(st.lists(VALUES[helper], min_size=frame.height, max_size=frame.height)),
                dtype_of(helper),
            )
            for name, helper in HELPERS.items()
        )
    expectations = []
    for _ in range(draw(st.integers(1, case.most))):
        arguments = case.arguments(draw, frame, first)
        if case.domain == "column":
            arguments["column"] = "a"
        elif case.domain == "pair":
            arguments |= {"column_A": "a", "column_B": "b"}
        elif case.domain == "record":
            arguments["column_list"] = draw(st.sampled_from((["a", "b"], ["a", "b", "c"], ["c", "a"])))
        if case.mostly and draw(st.booleans()):
            arguments["mostly"] = draw(st.sampled_from((0, 0.25, 0.5, 2 / 3, 0.9, 1)))
        if conditional and draw(st.integers(0, 3)):
            arguments["row_condition"] = draw(conditions(frame))
        if draw(st.integers(0, 3)) == 0:
            arguments["severity"] = draw(st.sampled_from(("critical", "warning", "info")))
        expectations.append(getattr(gxe, case.expectation)(**arguments))
    return Example(frame, expectations, draw(result_formats()), draw(st.booleans()))
