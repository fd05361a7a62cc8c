"""Hand-made tiny cases that check the oracle itself; every expected value is worked by hand."""

import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import oracle_measures as o

NY = ZoneInfo("America/New_York")
ENACTED = date(2013, 9, 3)
D = date


def reg(**cells):
    row = {
        "registration_id": "r",
        "registered_on": D(2024, 1, 1),
        "school_id": "A",
        "platform": "X",
        "platform__listed": True,
        "account_capacity": "professional",
        "active_from": D(2024, 1, 1),
        "active_to": None,
        "supervisor_notified_on": None,
    }
    return row | cells


def exc(occurred_at, logged_at=None, **cells):
    row = {
        "occurred_at": occurred_at,
        "logged_at": logged_at or occurred_at,
        "school_id": "A",
        "kind": "individual_message",
        "channel": "sms",
        "outcome": "violation",
        "report_basis": None,
        "authority_reported_at": None,
    }
    return row | cells


def report(occurred_at, reported=None, basis="mandated", **cells):
    return exc(
        occurred_at,
        kind="mandatory_report",
        channel="other",
        outcome="upheld",
        report_basis=basis,
        authority_reported_at=reported,
        **cells,
    )


def ret(school, month, staff, submitted="rows", table="exception_log"):
    return {
        "school_id": school,
        "month": month,
        "table": table,
        "submitted": submitted,
        "staff": staff,
    }


def row(result="no_finding", **cells):
    base = {
        "audit_id": "1",
        "audited_on": D(2024, 1, 10),
        "school_id": "A",
        "clause": "A.5",
        "limb": None,
        "registration_id": None,
        "platform": None,
        "account": None,
        "result": result,
        "status": "open" if result == "finding" else None,
        "opened_on": D(2024, 1, 10) if result == "finding" else None,
        "closed_on": None,
    }
    return base | cells


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        (D(2024, 2, 29), D(2024, 2, 1)),
        (D(2024, 2, 28), D(2024, 1, 1)),
        (D(2024, 1, 30), D(2023, 12, 1)),
        (D(2023, 12, 31), D(2023, 12, 1)),
    ],
)
def test_reporting_month(as_of, month):
    assert o.reporting_month(as_of) == month


def test_calendar():
    assert o.school_year(D(2024, 6, 30)) == 2023
    assert o.school_year(D(2024, 7, 1)) == 2024
    months = o.twelve_months(D(2024, 12, 31))
    assert (months[0], months[-1], len(months)) == (D(2024, 1, 1), D(2024, 12, 1), 12)
    assert o.twelve_months(D(2024, 7, 4))[0] == D(2023, 7, 1)
    assert o.end_of_day(D(2024, 1, 31), NY) == datetime(2024, 2, 1, 5)
    assert o.end_of_day(D(2024, 7, 31), NY) == datetime(2024, 8, 1, 4)
    assert o.local_date(datetime(2024, 2, 1, 4, 59, 59), NY) == D(2024, 1, 31)
    assert o.local_date(datetime(2024, 2, 1, 5), NY) == D(2024, 2, 1)


def test_platforms_and_stock():
    rows = [
        reg(supervisor_notified_on=D(2024, 3, 1)),
        reg(supervisor_notified_on=D(2024, 3, 2)),  # not yet notified
        reg(active_to=D(2024, 3, 1), platform="mastodon.example", platform__listed=False),
        reg(active_to=D(2024, 2, 29)),  # ended
        reg(active_from=D(2024, 3, 2)),  # not begun
        reg(registered_on=D(2024, 3, 2)),  # registered later
        reg(account_capacity="personal"),
    ]
    assert o.platforms(rows, D(2024, 3, 1)) == ({"X": 2, "Other": 1}, 1, 3)
    assert o.supervisor_aware_stock(rows, D(2024, 3, 1)) == (1, 3)
    assert o.supervisor_aware_stock([], D(2024, 3, 1)) == (0, 0)


def test_cohort():
    rows = [
        reg(active_from=D(2024, 1, 5), supervisor_notified_on=D(2024, 1, 5)),
        reg(active_from=D(2024, 1, 5), supervisor_notified_on=D(2024, 1, 6)),
        reg(active_from=D(2024, 1, 5), active_to=D(2024, 1, 6)),  # ended: stands
        reg(active_from=D(2024, 1, 5), registered_on=D(2024, 2, 4)),  # day 30: in time
        reg(active_from=D(2024, 1, 5), registered_on=D(2024, 2, 5)),  # day 31: late
        reg(active_from=D(2024, 1, 5), registered_on=D(2024, 3, 2)),  # after as_of
        reg(active_from=D(2024, 1, 5), account_capacity="personal"),
        reg(active_from=D(2013, 9, 2), supervisor_notified_on=D(2013, 9, 1)),
        reg(active_from=D(2024, 2, 5), supervisor_notified_on=D(2024, 2, 5)),
    ]
    cohort = o.supervisor_aware_cohort
    jan = D(2024, 1, 1)
    assert cohort(rows, D(2024, 3, 1), enacted=ENACTED) == ({jan: (1, 4)}, {jan: 1})
    assert cohort(rows, D(2024, 2, 29), enacted=ENACTED) == ({}, {})  # Jan 31 + 30 = Mar 1
    assert cohort(rows, D(2024, 3, 1), enacted=ENACTED, window_days=1)[0] == {jan: (2, 4)}
    assert cohort(rows, D(2024, 3, 1), enacted=ENACTED, window_days=31) == ({}, {})


def test_individual_messages():
    noon = datetime(2024, 1, 10, 17)
    rows = [
        exc(noon),
        exc(noon, datetime(2024, 2, 9, 17), channel="mms", outcome="pending"),  # 30 x 24 h
        exc(noon, datetime(2024, 2, 9, 17, 0, 1)),  # a second late
        exc(datetime(2024, 2, 1, 4, 59), outcome="upheld"),  # still January in New York
        exc(datetime(2024, 3, 5), datetime(2024, 4, 1, 4)),  # logged on April 1
        exc(noon, channel="other"),
        exc(noon, kind="other"),
    ]
    zero = {"violation": 0, "pending": 0, "upheld": 0, "logged_late": 0}
    jan = {"violation": 1, "pending": 1, "upheld": 1, "logged_late": 1, "complete": True}
    assert o.individual_messages(rows, D(2024, 3, 31), NY) == {
        D(2024, 1, 1): jan,
        D(2024, 2, 1): zero | {"complete": True},
        D(2024, 3, 1): zero | {"complete": False},
    }
    other = o.individual_messages_other(rows, D(2024, 2, 1), NY)
    assert other == {D(2024, 1, 1): zero | {"violation": 1, "complete": False}}
    # Feb 29 midnight + 720 h is Mar 31 01:00 EDT, an hour after Mar 30 is over
    assert o.individual_messages(rows, D(2024, 3, 30), NY)[D(2024, 2, 1)]["complete"] is False
    assert o.individual_messages(rows, D(2024, 3, 1), NY)[D(2024, 1, 1)]["complete"] is True
    assert o.individual_messages([], D(2024, 3, 1), NY) == {}


def test_individual_messages_rate():
    jan, feb, mar = D(2024, 1, 1), D(2024, 2, 1), D(2024, 3, 1)
    rows = [
        exc(datetime(2024, 1, 10)),
        exc(datetime(2024, 1, 10), school_id="B"),
        exc(datetime(2024, 1, 10), datetime(2024, 3, 1)),  # logged late
        exc(datetime(2024, 2, 10), school_id="B", outcome="pending"),
        exc(datetime(2024, 2, 10), school_id="B"),
        exc(datetime(2024, 3, 10), school_id="A"),
    ]
    returns = [
        ret("A", jan, 80),
        ret("B", jan, 30, submitted="nil"),
        ret("A", feb, 80),
        ret("B", mar, 20),
        ret("B", feb, 1, table="tool_registrations"),
        ret("A", mar, 80, table="audit_findings"),
    ]
    args = (rows, returns, [], D(2024, 3, 31), NY)
    rate = o.individual_messages_rate(*args, [jan, feb, mar], ["A", "B"])
    # February: B's latest earlier figure is 30: 80 of 110 = 72.7 %; March: 20 of 100
    assert rate == {jan: (2, 110, 0), feb: (0, None, 1), mar: (0, None, 1)}
    returns[1] = ret("B", jan, 20, submitted="nil")  # 80 of 100: no gap
    rate = o.individual_messages_rate(*args, [feb], ["A", "B"])
    assert rate == {feb: (0, 80, 1)}
    # twelve months: January 3 (the late one too) of 100, February 0 of 80, March a gap
    assert o.individual_messages_12_months(*args, ["A", "B"]) == (3, 90)
    returns[1] = ret("B", jan, None, submitted="nil")  # its earliest later figure, 20
    assert o.individual_messages_rate(*args, [jan], ["A", "B"]) == {jan: (2, 100, 0)}
    # a school that never gave a figure is on neither side, and its contacts are left out
    no_b = (rows, [ret("A", jan, 80), ret("B", jan, None)], [], D(2024, 3, 31), NY)
    assert o.individual_messages_rate(*no_b, [jan], ["A", "B"]) == {jan: (1, 80, 1)}
    july = (rows, [ret("A", D(2023, 7, 1), 80)], [], D(2024, 3, 31), NY)
    assert o.individual_messages_rate(*july, [D(2023, 7, 1)], ["A"])[D(2023, 7, 1)][1] is None
    assert o.individual_messages_12_months(*july, ["A"]) == (0, 80)


def test_individual_messages_rate_without_returns():
    regs = [
        reg(active_from=D(2024, 1, 31), active_to=D(2024, 2, 14)),
        reg(active_from=D(2024, 1, 1), account_capacity="personal"),
        reg(school_id="B"),
    ]
    rows = [exc(datetime(2024, 2, 10)), exc(datetime(2024, 2, 10), school_id="B")]
    args = (rows, None, regs, D(2024, 3, 31), NY)
    months = [D(2023, 12, 1), D(2024, 1, 1), D(2024, 2, 1)]
    rate = o.individual_messages_rate(*args, months, ["A"])
    assert rate == {months[0]: (0, None, 0), months[1]: (0, 1 / 31, 0), months[2]: (1, 14 / 29, 0)}
    assert o.individual_messages_12_months(*args, ["A"]) == (1, 15 / 366)


def test_reported_in_time():
    rows = [
        report(datetime(2024, 1, 10, 12), datetime(2024, 1, 11, 0)),  # at the limit
        report(datetime(2024, 1, 10, 12), datetime(2024, 1, 11, 0, 0, 1)),  # a second late
        report(datetime(2024, 2, 1, 4, 30)),  # January 31 there, never reported
        report(datetime(2024, 2, 29, 16, 59, 59), datetime(2024, 2, 29, 17)),  # due 23:59:59
        report(datetime(2024, 2, 29, 17), datetime(2024, 2, 29, 18)),  # due at midnight
        report(datetime(2024, 2, 29, 17), datetime(2024, 3, 1, 5), "violence_or_self_harm"),
    ]
    later = report(datetime(2024, 2, 29, 17)) | {"logged_at": datetime(2024, 3, 1, 5)}
    jan, feb = D(2024, 1, 1), D(2024, 2, 1)
    assert o.reported_in_time([*rows, later], D(2024, 2, 29), NY) == (
        {jan: (1, 3), feb: (1, 1)},
        {feb: (1, 1)},
    )
    # a day later all are due, and the event on the very limit is in time
    assert o.reported_in_time(rows, D(2024, 3, 1), NY) == ({jan: (1, 3), feb: (3, 3)}, {})
    assert o.reported_in_time_periods(rows, D(2024, 2, 29), NY) == {
        "12_months": (2, 4),
        "reporting_month": (1, 1),
        "school_year_to_date": (2, 4),
    }
    # in mid-February the reporting month is January; the year to date has the running month
    rows.append(report(datetime(2024, 2, 10), datetime(2024, 2, 10)))
    assert o.reported_in_time_periods(rows, D(2024, 2, 15), NY) == {
        "12_months": (1, 3),
        "reporting_month": (1, 3),
        "school_year_to_date": (2, 4),
    }


def test_limit_runs_over_the_change_of_clocks():
    # learned Mar 9 20:00 EST (Mar 10 01:00 UTC); 12 h later it is 09:00 EDT (13:00 UTC)
    late = report(datetime(2024, 3, 10, 1), datetime(2024, 3, 10, 13, 0, 1))
    assert o.reported_in_time([late], D(2024, 3, 10), NY) == ({D(2024, 3, 1): (0, 1)}, {})


def test_items_and_finding_rate():
    rows = [
        row(),
        row("finding"),  # the same item
        row("finding", account="a"),
        row("finding", account="a"),  # two findings, one item
        row(account="b"),
        row(audited_on=D(2024, 2, 2)),
        row("finding", clause="P.3", limb="a"),
        row(clause="P.3", limb="b"),
    ]
    jan = D(2024, 1, 1)
    assert len(o.items(rows, D(2024, 1, 31))) == 5
    assert o.finding_rate(rows, D(2024, 1, 31)) == (
        {
            ("A.5", None, jan): (2, 3),
            ("P.3", None, jan): (1, 2),
            ("P.3", "a", jan): (1, 1),
            ("P.3", "b", jan): (0, 1),
        },
        {},
    )
    assert o.finding_rate([row("finding"), row(audited_on=D(2024, 2, 2))], D(2024, 1, 31)) is None


def test_finding_rate_of_p4():
    regs = [
        reg(registration_id="d", account_capacity="district_sponsored"),
        reg(registration_id="p"),
        reg(registration_id="later", registered_on=D(2024, 2, 1)),
    ]
    named = ["d", "d", "p", "p", None]
    rows = [row(clause="P.4", registration_id=n, account=str(i)) for i, n in enumerate(named)]
    rows[0]["result"] = "finding"
    key, jan = ("P.4", None, D(2024, 1, 1)), D(2024, 1, 1)
    assert o.finding_rate(rows, D(2024, 1, 31), regs) == ({key: (1, 2)}, {jan: (1, 5)})
    rows[3]["registration_id"] = "later"
    assert o.finding_rate(rows, D(2024, 1, 31), regs) == ({key: None}, {jan: (2, 5)})
    assert o.finding_rate(rows, D(2024, 1, 31)) == ({key: None}, {jan: (5, 5)})


def test_roll_forward():
    rows = [
        row("finding", status="closed", closed_on=D(2024, 2, 5)),
        row("finding", status="risk_accepted", closed_on=D(2024, 3, 31)),
        row("finding", status="closed", closed_on=D(2024, 4, 1)),  # open on March 31
        row("finding", opened_on=D(2024, 4, 1)),  # not opened
        row("finding", school_id="B", opened_on=D(2024, 3, 5)),
        row(school_id="C"),
    ]
    assert o.roll_forward(rows, D(2024, 3, 31)) == {
        ("A", D(2024, 1, 1)): (0, 3, 0, 0, 3),
        ("A", D(2024, 2, 1)): (3, 0, 1, 0, 2),
        ("A", D(2024, 3, 1)): (2, 0, 0, 1, 1),
        ("B", D(2024, 1, 1)): (0, 0, 0, 0, 0),
        ("B", D(2024, 2, 1)): (0, 0, 0, 0, 0),
        ("B", D(2024, 3, 1)): (0, 1, 0, 0, 1),
    }
    assert o.open_findings(rows, D(2024, 3, 31)) == 2
    assert o.open_findings(rows, D(2024, 3, 30)) == 3
    assert o.open_findings(rows, D(2024, 1, 9)) == 0
    assert o.roll_forward(rows, D(2024, 1, 30)) == {}
