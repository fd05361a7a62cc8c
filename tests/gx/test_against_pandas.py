"""The Polars engine against the oracle: Great Expectations' own pandas engine on the same made-up data."""

import pytest
from gx.frames_cases import CASES
from gx.frames_engines import disagreements, shown
from gx.frames_examples import examples
from hypothesis import HealthCheck, Phase, event, given, settings

pytestmark = pytest.mark.filterwarnings("ignore", "error::DeprecationWarning:norwalk_analytics")

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def _compare(case, **profile):
    compared = 0

    @settings(deadline=None, database=None, suppress_health_check=QUIET, **profile)
    @given(examples(case))
    def same(example):
        nonlocal compared
        lines, answered = disagreements(
            example.frame, example.expectations, example.result_format, lazy=example.lazy
        )
        compared += answered
        event(f"pandas answered: {bool(answered)}")
        assert not lines, f"{shown(example.expectations, lines)}\n{example.frame}\n{example.result_format}"

    same()
    assert compared > profile["max_examples"] // 2, "pandas raised too often for a comparison"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_polars_answers_as_pandas_does(case):
    # examples are small: nothing is shrunk here, which may take minutes; the long test does
    _compare(case, max_examples=8, derandomize=True, phases=[Phase.generate])


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_polars_answers_as_pandas_does_on_more_data(case):
    _compare(case, max_examples=60, derandomize=True, phases=[Phase.generate])
