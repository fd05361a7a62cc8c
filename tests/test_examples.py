"""Real input: the accounts of the US Congress."""

from datetime import date
from pathlib import Path

import pytest
from conftest import public

from norwalk_analytics import load_district

HERE = Path(__file__).parents[1] / "examples" / "congress"
PROFILE = HERE / "tool_registrations.profile.toml"
AS_OF = date(2026, 2, 7)


@pytest.fixture(scope="module")
def accounts():
    return public("congress_accounts.csv", "unitedstates/congress-legislators, commit dfa9622, CC0")


def test_all_rows_are_accepted(accounts):
    one = load_district(accounts, contract=HERE / "contract", as_of=AS_OF, profiles=[PROFILE]).tables[
        "tool_registrations"
    ]
    assert (one.read, one.accepted.height, one.quarantined.height) == (4628, 4628, 0)
    assert (one.accepted["registered_on"] == one.accepted["active_from"]).all()


def test_under_norwalks_policy_the_early_ones_are_set_aside(accounts):
    one = load_district(accounts, contract=HERE / "schools_only", as_of=AS_OF, profiles=[PROFILE]).tables[
        "tool_registrations"
    ]
    assert (one.read, one.accepted.height, one.quarantined.height) == (4628, 1784, 2844)
    assert set(one.problems["rule"]) == {"registered_on.before_enactment"}
    assert one.problems.height == 2844


def test_its_report_says_what_has_no_evidence(accounts, tmp_path):
    from norwalk_analytics.board.report import make_report

    made = make_report(
        tmp_path / "c.html", data=accounts, contract=HERE / "contract", as_of=AS_OF, profiles=[PROFILE]
    )
    page = made.read_text(encoding="utf-8")
    assert "There is no table exception_log" in page
    assert "no evidence" in page
