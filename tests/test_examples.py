"""Real input: the accounts of the US Congress, and the findings of single audits."""

import csv
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
    from norwalk_analytics.board.making import make_report

    made = make_report(
        tmp_path / "c.html", data=accounts, contract=HERE / "contract", as_of=AS_OF, profiles=[PROFILE]
    )
    page = made.read_text(encoding="utf-8")
    assert "There is no table exception_log" in page
    assert "no evidence" in page


AUDITS = Path(__file__).parents[1] / "examples" / "single_audit"
CLEARINGHOUSE = "GSA-TTS/FAC-transition-site, commit e17d8bc, public domain"


@pytest.fixture(scope="module")
def findings():
    return public("fac_school_findings.csv", CLEARINGHOUSE)


def load_findings(path, profile):
    district = load_district(
        path,
        contract=AUDITS / "contract",
        as_of=date(2024, 4, 30),
        profiles=[AUDITS / f"{profile}.profile.toml"],
    )
    return district.tables["audit_findings"]


def test_one_finding_is_a_report_and_its_reference_number(findings):
    """4,250 lines of findings on awards are 1,121 findings, by a plain loop over rows too."""
    with findings.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    keys = {f"{line['report_id']}/{line['reference_number']}" for line in lines}
    one = load_findings(findings, "audit_findings")
    assert (one.read, one.accepted.height, one.quarantined.height) == (4250, 1121, 0)
    assert one.left_out.height == 4250 - 1121
    assert set(one.accepted["finding_id"]) == keys
    grave = {
        f"{line['report_id']}/{line['reference_number']}"
        for line in lines
        if line["is_material_weakness"] == "YES"
    }
    assert set(one.accepted.filter(severity="high")["finding_id"]) == grave
    awards = {f"{line['report_id']}/{line['reference_number']}": set() for line in lines}
    for line in lines:
        awards[f"{line['report_id']}/{line['reference_number']}"].add("F." + line["aln"].split(".")[0])
    assert all(row["clause"] in awards[row["finding_id"]] for row in one.accepted.to_dicts())
    several = sum(len(found) > 1 for found in awards.values())
    differing = one.left_out.filter(one.left_out["differs"].list.contains("clause"))
    kept = differing.select("kept_row").n_unique()
    assert kept == several


def test_the_workbook_has_each_row_on_two_sheets(findings):
    book = public("workbooks/single_audit_findings_2024-02-01.xlsx", CLEARINGHOUSE)
    one = load_findings(book, "workbook")
    assert (one.read, one.accepted.height, one.quarantined.height) == (302, 51, 0)
    assert one.left_out.height == 251
    assert one.quarantined.is_empty()
    assert one.left_out["sheet"].n_unique() > 12
    with findings.open(encoding="utf-8", newline="") as file:
        day = [line for line in csv.DictReader(file) if line["day"] == "2024-02-01"]
    schools = {f"{line['report_id']}/{line['reference_number']}" for line in day}
    assert schools <= set(one.accepted["finding_id"])
    assert len(schools) == 6


def test_the_report_of_single_audits_is_rendered(findings, tmp_path):
    from norwalk_analytics.board.making import make_report

    made = make_report(
        tmp_path / "a.html", data=findings, contract=AUDITS / "contract", as_of=date(2024, 4, 30),
        profiles=[AUDITS / "audit_findings.profile.toml"],
    )  # fmt: skip
    page = made.read_text(encoding="utf-8")
    assert "Federal awards, by the agency that makes them" in page
    assert "4,250" in page
