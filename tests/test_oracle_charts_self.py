"""The oracle of the control charts against the acceptance cases."""

import json
from pathlib import Path

import pytest
from oracle_charts import chart

CASES = json.loads(
    (Path(__file__).parents[2] / "shared" / "data" / "spc" / "cases.json").read_text(encoding="utf-8")
)


def close(got, want):
    return abs(got - want) <= max(1e-6, 1e-6 * abs(want))


KNOWN = {
    "centre_line": "centre",
    "lower": "lower",
    "upper": "upper",
    "sigma_z": "sigma_z",
    "useful": "useful",
    "longest_run": "longest_run",
    "longest_run_max": "longest_run_max",
    "crossings": "crossings",
    "crossings_min": "crossings_min",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case):
    y = case["y"]
    n = case.get("n", [1] * len(y))
    points = [(i + 1, y[i], n[i]) for i in range(len(y))]
    rows = chart(
        points,
        case["chart"],
        baseline=case.get("baseline"),
        exclude=case.get("exclude", ()),
        phases=case.get("phase_starts", ()),
        screen=case.get("screen_moving_ranges"),
    )
    outside = [i + 1 for i, row in enumerate(rows) if row["outside"]]
    wrong = []
    for name, want in case["expect"].items():
        if name in KNOWN:
            got = rows[-1][KNOWN[name]]
            right = close(got, want)
        elif name == "outside":
            got = outside
            right = got == want
        elif name == "outside_count":
            got = len(outside)
            right = got == want
        elif name == "signal":
            got = any(row["signal"] for row in rows)
            right = got == want
        elif name in ("first_lower", "first_upper"):
            got = rows[0][name.removeprefix("first_")]
            right = close(got, want)
        elif name == "phases":
            got = [[row for row in rows if row["phase"] == i + 1][-1] for i in range(rows[-1]["phase"])]
            right = len(got) == len(want) and all(
                close(row[KNOWN[key]], expected)
                for row, phase in zip(got, want, strict=True)
                for key, expected in phase.items()
            )
        else:
            got, right = "unknown key", False
        if not right:
            wrong.append((name, want, got))
    assert not wrong


def rows_of(values, kind="i", **options):
    return chart([(i + 1, value, 1) for i, value in enumerate(values)], kind, **options)


def test_short_and_flat():
    assert {row["limits"] for row in rows_of([1, 2] * 4 + [1])} == {"too short"}
    assert {row["limits"] for row in rows_of([1, 2] * 5)} == {"trial"}
    assert {row["limits"] for row in rows_of([1, 2] * 10)} == {"full"}
    flat = rows_of([0.1] * 12, better="lower", target=0.1)
    assert {row["limits"] for row in flat} == {"no variation"}
    assert {row["useful"] for row in flat} == {0}
    assert {row["assurance"] for row in flat} == {"consistently meets"}


def test_trend_goes_before_shift_and_a_gap_breaks_only_the_trend():
    start = [5, 4, 5, 4, 5, 4, 5, 4, 5, 4]
    whole = rows_of([*start, 6, 7, 8, 9, 10, 11, 12], rules="nhs", baseline=10, better="lower")
    assert whole[-1]["rule"] == "outside"
    assert [row["mark"] for row in whole[-7:]] == ["concern"] * 7
    small = [4.51, 4.52, 4.53, 4.54, 4.55, 4.56, 4.57]
    assert {row["rule"] for row in rows_of(start[:-1] + small, rules="nhs", baseline=8)[-7:]} == {"trend"}
    broken = [*start, *small[:3], None, *small[3:]]
    assert [row["rule"] for row in rows_of(broken, rules="nhs", baseline=10)[-8:]] == [
        *["shift"] * 3,
        None,
        *["shift"] * 4,
    ]


def test_last_run_is_marked():
    rows = rows_of([1] * 10 + [2] * 10, "run", better="higher")
    assert [row["rule"] for row in rows] == [None] * 10 + ["run"] * 10
    assert {row["mark"] for row in rows[10:]} == {"improvement"}
