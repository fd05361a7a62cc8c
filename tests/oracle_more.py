"""The oracle, second half: the remaining measures from the specification alone, in plain loops.

Rows are dicts as in oracle_measures, whose helpers and readings are shared. Every measure is called
`measure(rows, as_of, zone, *, key=None, settings...)`; registrations and findings carry dates only, so
there `zone` is taken for the sake of one way of calling and not used. Settings' defaults are
policy.toml's.

`key` gets a case: the row (or item) as a dict, with `month` (the measure's own, as MEASURES.md says;
None for a stock), and `platform` as it is grouped; it returns the group. key=None: one group, None.
Results are {group: (numerator, denominator)}; what is "counted apart" is returned in tables of its own.
A group stands in a table only if a case falls in it (the group None always does).
"""

from datetime import date, timedelta
from itertools import pairwise

from oracle_measures import (
    ITEM,
    active,
    active_on,
    add,
    by,
    contact_month,
    end_of_day,
    first_of,
    in_lag,
    individual_messages_12_months,
    individual_messages_rate,
    last_day,
    local_date,
    logged,
    months_between,
    next_month,
    reporting_month,
    school_year,
    standing,
    twelve_months,
)

ENACTED = date(2013, 9, 3)
OUTCOMES = ("violation", "pending", "upheld")
SEVERITIES = ("low", "moderate", "high", "critical")
AGES = ("0-30", "31-60", "61-90", "91-365", "over 365")


# ---- grouping
def columns(*names):
    """A key: the value of one column of the case, or the tuple of several."""
    return lambda case: case[names[0]] if len(names) == 1 else tuple(case[name] for name in names)


BY_SCHOOL_YEAR = columns("school_year")


def as_case(row, month=None):
    """The row as a key sees it."""
    # reading: in a breakdown by platform all that the code list does not know is one group, "Other",
    # in every table; an empty platform is a group of its own, None.
    unknown = row.get("platform__listed") is False
    return {**row, "platform": "Other" if unknown else row.get("platform"), "month": month}


def group_of(key, case):
    return None if key is None else key(case)


def tally(cases, key):
    """Cases are (case, due, met): ({group: (met, due)}, {group: (not due: met early, open)})."""
    rates, apart = ({None: (0, 0)}, {None: (0, 0)}) if key is None else ({}, {})
    for case, due, met in cases:
        if due:
            add(rates, group_of(key, case), bool(met), 1)
        else:
            add(apart, group_of(key, case), bool(met), not met)
    return rates, apart


def count(cases, key):
    """{group: how many}."""
    counts = {None: 0} if key is None else {}
    for case in cases:
        counts[group_of(key, case)] = counts.get(group_of(key, case), 0) + 1
    return counts


def period_months(as_of, start_month=7):
    """{"12_months", "reporting_month", "school_year_to_date": their months}."""
    # reading: as in reported_in_time_periods: to date is through as_of, in the running month too.
    return {
        "12_months": twelve_months(as_of),
        "reporting_month": [reporting_month(as_of)],
        "school_year_to_date": months_between(
            date(school_year(as_of, start_month), start_month, 1), first_of(as_of)
        ),
    }


def over_periods(rates, as_of, *, start_month=7):
    """{(group, month): pair} summed over the scorecard's periods: {period: {group: pair}}."""
    result = {}
    for name, months in period_months(as_of, start_month).items():
        sums = result[name] = {}
        for (group, month), (first, second) in rates.items():
            if month in months:
                add(sums, group, first, second)
    return result


# ---- registrations: stocks
def stock(registrations, as_of, met, key=None, due=lambda row: True):
    """The active on as_of (no personal accounts), as `tally` gives them."""
    return tally([(as_case(row), due(row), met(row)) for row in active(registrations, as_of)], key)


def scope_personal(registrations, as_of, zone=None, *, key=None):
    """{group: (personal accounts, all active registrations, personal ones among them)}."""
    # reading: the measure is the count; the pair's second is all active, here with the personal ones.
    rows = [row for row in registrations if row["registered_on"] <= as_of and active_on(row, as_of)]
    return tally([(as_case(row), True, row["account_capacity"] == "personal") for row in rows], key)[0]


def disclosed(registrations, as_of, zone=None, *, key=None):
    """{group: (disclosed_in given, active in a classroom, athletic team or extracurricular)}."""
    # reading: any of the three values will do in any of the three settings (a team's use stated in a
    # syllabus is disclosed).
    rows = [r for r in registrations if r["setting"] in ("classroom", "athletic_team", "extracurricular")]
    return stock(rows, as_of, lambda row: row["disclosed_in"] is not None, key)[0]


def reviewed(row, decision, day):
    """Was that decision, the one that now stands, taken by that day?"""
    on = row["suitability_reviewed_on"]
    return row["suitability_review"] == decision and on is not None and on <= day


def suitable_stock(registrations, as_of, zone=None, *, key=None):
    """{group: (approved by as_of, active)}."""
    return stock(registrations, as_of, lambda row: reviewed(row, "approved", as_of), key)[0]


def rejected_in_use(registrations, as_of, zone=None, *, key=None):
    """{group: (rejected by as_of and active all the same, active)}."""
    # reading: the measure is the count; personal accounts are left out, as of every "active".
    return stock(registrations, as_of, lambda row: reviewed(row, "rejected", as_of), key)[0]


def window_over(row, as_of, window_days):
    # reading: the window's last day is over at the end of that very day, so a case is due from
    # as_of = active_from + 30 on (as a cohort is shown). Of an account in use since before enactment
    # the window is counted from its first use all the same.
    return row["active_from"] + timedelta(days=window_days) <= as_of


def rules_published_stock(registrations, as_of, zone=None, *, window_days=30, key=None):
    """({group: (published by as_of, active and due)}, {group: (not yet due: met early, open)})."""
    # reading: "published" of a stock asks for publication by as_of, be it within the window or later.
    return stock(
        registrations, as_of,
        lambda row: by(row["conduct_rules_published_on"], as_of) is not None, key,
        lambda row: window_over(row, as_of, window_days),
    )  # fmt: skip


PARTS = {
    "all": ("parents_told_contact_method", "parents_told_conduct_expectations"),
    "tools": (),
    "contact": ("parents_told_contact_method",),
    "conduct": ("parents_told_conduct_expectations",),
}


def told(row, day, part):
    """Were parents informed of that part by that day?"""
    # reading: a flag has no date of its own and is dated by parents_informed_on, which it needs; so
    # "alone" asks for that date and that one flag. An empty flag is not true.
    on = row["parents_informed_on"]
    return on is not None and on <= day and all(row[flag] is True for flag in PARTS[part])


def parents_informed_stock(registrations, as_of, zone=None, *, part="all", window_days=30, key=None):
    """The same for A.4; part: "all", or alone "tools", "contact" or "conduct"."""
    return stock(
        registrations, as_of, lambda row: told(row, as_of, part), key,
        lambda row: window_over(row, as_of, window_days),
    )  # fmt: skip


def access_kept(registrations, as_of, zone=None, *, review_days=365, key=None):
    """{group: (approved participants only and settings reviewed lately, active)}."""

    # reading: the day as_of - 365 is within the 365 days before as_of, and so is as_of itself. A review
    # dated after as_of has not happened yet (an earlier one is not known).
    def met(row):
        on = by(row["settings_reviewed_on"], as_of)
        recent = on is not None and on >= as_of - timedelta(days=review_days)
        return row["access"] == "approved_participants" and recent

    return stock(registrations, as_of, met, key)[0]


# ---- registrations: cohorts
def cohort(registrations, as_of, met, *, enacted, window_days, registered_late_days, key):
    """Registrations by month of first use; met(row, last day of its window).

    ({group: (met, all)} of the cohorts shown, {group: registered late} of the same,
    {group: (met so far, not met)} of the cohorts not shown yet).
    """
    shown, late, waiting = [], [], []
    # reading: all readings of oracle_measures.supervisor_aware_cohort hold here too.
    for row in standing(registrations, as_of):
        start = row["active_from"]
        if start < enacted:
            continue
        end = start + timedelta(days=window_days)
        case = as_case(row, first_of(start))
        if last_day(first_of(start)) + timedelta(days=max(window_days, registered_late_days)) > as_of:
            # reading: a cohort comes whole: a case whose own window is over waits with the others, and
            # one registered late is told apart only when its cohort is shown.
            waiting.append((case, False, met(row, min(end, as_of))))
        elif row["registered_on"] > start + timedelta(days=registered_late_days):
            late.append(case)
        else:
            shown.append((case, True, met(row, min(end, as_of))))
    return tally(shown, key)[0], count(late, key), tally(waiting, key)[1]


def suitable_cohort(
    registrations, as_of, zone=None,
    *, enacted=ENACTED, window_days=0, registered_late_days=30, key=None,
):  # fmt: skip
    """Approved on or before first use; as `cohort`."""
    # reading: "within the window" is any day up to its last, before first use too.
    return cohort(
        registrations, as_of, lambda row, end: reviewed(row, "approved", end),
        enacted=enacted, window_days=window_days, registered_late_days=registered_late_days, key=key,
    )  # fmt: skip


def rules_published_cohort(
    registrations, as_of, zone=None,
    *, enacted=ENACTED, window_days=30, registered_late_days=30, key=None,
):  # fmt: skip
    """Rules published within the window; as `cohort`."""
    return cohort(
        registrations, as_of, lambda row, end: by(row["conduct_rules_published_on"], end) is not None,
        enacted=enacted, window_days=window_days, registered_late_days=registered_late_days, key=key,
    )  # fmt: skip


def parents_informed_cohort(
    registrations, as_of, zone=None,
    *, part="all", enacted=ENACTED, window_days=30, registered_late_days=30, key=None,
):  # fmt: skip
    """Parents informed within the window; as `cohort`."""
    return cohort(
        registrations, as_of, lambda row, end: told(row, end, part),
        enacted=enacted, window_days=window_days, registered_late_days=registered_late_days, key=key,
    )  # fmt: skip


# ---- exceptions
def logged_contacts(exceptions, as_of, zone, kind, *, logged_within_days=None, key=None):
    """{group: {"violation", "pending", "upheld", "logged_late"}} of contacts of that kind."""
    counts = {}
    if key is None:
        counts[None] = dict.fromkeys([*OUTCOMES, "logged_late"], 0)
    for row in logged(exceptions, as_of, zone):
        if row["kind"] == kind:
            group = group_of(key, as_case(row, contact_month(row, zone)))
            own = counts.setdefault(group, dict.fromkeys([*OUTCOMES, "logged_late"], 0))
            # reading: with a lag (a series) what is logged later is a fourth count, whatever its
            # outcome; without (None: the scorecard) it counts by its outcome like any other.
            own[row["outcome"] if in_lag(row, logged_within_days) else "logged_late"] += 1
    return counts


def friend_or_follow(exceptions, as_of, zone, *, logged_within_days=None, key=None):
    """{group: counts}; give logged_within_days=30 and a key with `month` for the series."""
    # reading: the kind alone decides, not the channel (a friend_request of kind "other" is none).
    return logged_contacts(
        exceptions, as_of, zone, "friend_or_follow", logged_within_days=logged_within_days, key=key
    )


def friend_or_follow_periods(exceptions, as_of, zone, *, start_month=7, key=None):
    """{period: {group: counts}}, all roles (key=None), or by columns("employee_role")."""
    result = {}
    for name, months in period_months(as_of, start_month).items():
        rows = [row for row in exceptions if contact_month(row, zone) in months]
        result[name] = friend_or_follow(rows, as_of, zone, key=key)
    return result


def as_texts(exceptions, role):
    """Friend and follow contacts under the name by which the other oracle makes a rate."""
    rows = [row for row in exceptions if row["kind"] == "friend_or_follow"]
    rows = [row for row in rows if role is None or row["employee_role"] == role]
    return [{**row, "kind": "individual_message", "channel": "sms"} for row in rows]


def friend_or_follow_rate(
    exceptions, returns, registrations, as_of, zone, months, schools, *, role=None, **settings
):
    """{month: (violations, staff or None for a gap, violations left out)}; per 100 is x 100."""
    # reading: `returns` knows no roles, so the violations of one role stand over all staff (and without
    # `returns` over all active registrations), and the roles add up to the rate of all.
    rows = as_texts(exceptions, role)
    return individual_messages_rate(rows, returns, registrations, as_of, zone, months, schools, **settings)


def friend_or_follow_12_months(
    exceptions, returns, registrations, as_of, zone, schools, *, role=None, **settings
):
    """(violations, mean staff or None) of the 12 months that end with the reporting month."""
    rows = as_texts(exceptions, role)
    return individual_messages_12_months(rows, returns, registrations, as_of, zone, schools, **settings)


def relatives(exceptions, as_of, zone, *, logged_within_days=None, key=None):
    """({group: contacts logged as relative}, {group: logged late}); the chart asks for 30 days."""
    # reading: "contacts logged": whatever the outcome, a pending one too. A group stands in both.
    counts = logged_contacts(
        exceptions, as_of, zone, "relative", logged_within_days=logged_within_days, key=key
    )
    total = {group: sum(own[name] for name in OUTCOMES) for group, own in counts.items()}
    return total, {group: own["logged_late"] for group, own in counts.items()}


def timed(rows, as_of, zone, start, event, limit):
    """Cases (case, due, met) of those rows: column `event` within the limit of column `start`."""
    for row in rows:
        deadline = row[start] + limit
        happened = row[event] is not None and local_date(row[event], zone) <= as_of
        # reading: as in oracle_measures.reports: an event AT the deadline is in time; a deadline at the
        # closing midnight of as_of has not run out.
        due = deadline < end_of_day(as_of, zone)
        yield as_case(row, contact_month(row, zone)), due, happened and row[event] <= deadline


def emergency(exceptions, as_of, zone, event, hours, key):
    # reading: every emergency contact stands, whatever its outcome (an upheld one may have been told
    # late, a violation in time), however late it was logged, in July and August too.
    rows = [row for row in logged(exceptions, as_of, zone) if row["kind"] == "emergency_contact"]
    return tally(timed(rows, as_of, zone, "occurred_at", event, timedelta(hours=hours)), key)


def emergency_supervisor(exceptions, as_of, zone, *, limit_hours=24, key=None):
    """({group: (notified in time, due)}, {group: (not yet due: met early, open)})."""
    return emergency(exceptions, as_of, zone, "supervisor_notified_at", limit_hours, key)


def emergency_parent(exceptions, as_of, zone, *, limit_hours=48, key=None):
    """The same for the parent."""
    # reading: the parent's limit runs from the contact too, not from the supervisor's notice.
    return emergency(exceptions, as_of, zone, "parent_informed_at", limit_hours, key)


def written_in_time(exceptions, as_of, zone, *, limit_hours=48, key=None):
    """({group: (in writing in time, mandated oral reports due)}, {group: (met early, open)})."""
    rows = [row for row in logged(exceptions, as_of, zone) if row["kind"] == "mandatory_report"]
    rows = [row for row in rows if row["report_basis"] == "mandated"]
    # reading: without an oral report by as_of nothing is due in writing; a late oral report is. The
    # limit runs from the oral report, but the month is that of occurred_at ("all contacts and limits").
    rows = [r for r in rows if r["authority_reported_at"] is not None]
    rows = [r for r in rows if local_date(r["authority_reported_at"], zone) <= as_of]
    limit = timedelta(hours=limit_hours)
    return tally(timed(rows, as_of, zone, "authority_reported_at", "written_report_at", limit), key)


def spread(instants, zone):
    """The instants in order, ties spread."""
    instants = sorted(instants)
    result = []
    for n, instant in enumerate(instants):
        # reading: a tie is the SAME instant ("with the time of day": two events of one day at different
        # times are a true gap). k tied ones are spread evenly from their instant to what comes first,
        # the next event or the end of that local day: at t, t + d/k, ... so that their order stays,
        # each keeps its day, and the first keeps its time.
        tied = instants.count(instant)
        place = n - instants.index(instant)
        until = end_of_day(local_date(instant, zone), zone)
        later = instants[n - place + tied :]
        if later:
            until = min(until, later[0])
        result.append(instant + (until - instant) * place / tied)
    return result


def disclosures(exceptions, as_of, zone, *, logged_within_days=30, key=None):
    """{group: (gaps in days between successive violations, the gap still running or None)}."""
    # reading: the t chart is a series of contacts too and holds what was logged within 30 days (None:
    # all). Pending ones are no violations. `month` of a case is that of occurred_at; a key with it makes
    # little sense here. Of a group with no violation at all there is nothing to run from.
    events = {None: []} if key is None else {}
    for row in logged(exceptions, as_of, zone):
        if (row["kind"], row["outcome"]) == ("disclosure", "violation") and in_lag(row, logged_within_days):
            group = group_of(key, as_case(row, contact_month(row, zone)))
            events.setdefault(group, []).append(row["occurred_at"])
    result, day = {}, timedelta(days=1)
    for group, instants in events.items():
        placed = spread(instants, zone)
        gaps = [(after - before) / day for before, after in pairwise(placed)]
        # reading: days are 24 hours ("durations in UTC"); as_of is the end of that day. The first
        # violation has no gap before it (none is counted from enactment).
        result[group] = (gaps, (end_of_day(as_of, zone) - placed[-1]) / day if placed else None)
    return result


# ---- findings: items
def coverage(findings, as_of, zone=None, *, key=None):
    """({group: (in the register, audited accounts)}, {group: accounts whose rows disagree})."""
    accounts = {}
    for row in findings:
        if row["audited_on"] <= as_of and row["account_registered"] is not None:
            name = tuple(row[field] for field in ("audit_id", "registration_id", "platform", "account"))
            accounts.setdefault(name, []).append(row)
    cases, odd = [], []
    for rows in accounts.values():
        # reading: school and month of an account are not part of what makes it one; where they differ
        # those of its earliest row hold (of one day, the first school by name: no figure may hang on the
        # order of a file's rows).
        case = as_case(min(rows, key=lambda row: (row["audited_on"], row["school_id"])))
        case["month"] = first_of(case["audited_on"])
        answers = {row["account_registered"] for row in rows}
        # reading: a row with account_registered empty does not disagree with one that has it.
        cases.append((case, True, answers == {True}))
        if len(answers) == 2:
            odd.append(case)
    return tally(cases, key)[0], count(odd, key)


def items_and_severities(findings, as_of):
    """The audited items as cases, each with the set `severities` of its findings."""
    found = {}
    for row in findings:
        if row["audited_on"] <= as_of:
            name = tuple(row[field] for field in ITEM)
            if name not in found:
                found[name] = as_case(row, first_of(row["audited_on"])) | {"severities": set()}
            if row["result"] == "finding":
                found[name]["severities"].add(row["severity"])
    return list(found.values())


def finding_rate_by_severity(
    findings, as_of, zone=None, *, registrations=None, max_not_linked_percent=20, key=None
):
    """({(clause, severity, group): (items with such a finding, items audited for the clause)},
    {group: (P.4 items not linked, all P.4 items)}); severity None is any. None: no evidence."""
    if not any(r["result"] == "no_finding" and r["audited_on"] <= as_of for r in findings):
        return None
    # reading: P.4 as in oracle_measures.finding_rate (made by as_of; strict; the share of each group).
    made = [row for row in registrations or [] if row["registered_on"] <= as_of]
    capacity = {row["registration_id"]: row["account_capacity"] for row in made}
    rates, links = {}, {}
    for item in items_and_severities(findings, as_of):
        clause, group = item["clause"], group_of(key, item)
        if clause == "P.4":
            linked = item["registration_id"] in capacity
            add(links, group, not linked, 1)
            if not linked or capacity[item["registration_id"]] != "district_sponsored":
                continue
        # reading: it stays a share of items: two high findings of one item count once, and an item with
        # a low and a high one stands under both, so the severities may add up to more than "any".
        add(rates, (clause, None, group), bool(item["severities"]), 1)
        for severity in SEVERITIES:
            add(rates, (clause, severity, group), severity in item["severities"], 1)
    for group, (missing, total) in links.items():
        if missing * 100 > total * max_not_linked_percent:
            for severity in (None, *SEVERITIES):
                rates["P.4", severity, group] = None
    return rates, links


# ---- findings: what became of them
def opened(findings, as_of):
    """Findings (rows, not items) opened by as_of."""
    rows = [row for row in findings if row["result"] == "finding" and row["audited_on"] <= as_of]
    return [row for row in rows if row["opened_on"] <= as_of]


def still_open(findings, as_of):
    """Those open at the end of as_of; one closed or accepted on that day is not."""
    return [row for row in opened(findings, as_of) if by(row["closed_on"], as_of) is None]


def closed_by(row, day):
    """Closed, not with the risk accepted, by that day?"""
    return row["status"] != "risk_accepted" and by(row["closed_on"], day) is not None


def overdue(findings, as_of, zone=None, *, key=None):
    """({group: (overdue, open with a date promised)}, {group: open with no date promised},
    {group: open whose date was moved})."""
    rows = still_open(findings, as_of)
    dated = [row for row in rows if row["due_on"] is not None]
    # reading: "counted apart" is out of the denominator too; all open = the denominator + no date.
    rates = tally([(as_case(row), True, row["due_on"] < as_of) for row in dated], key)[0]
    none = count([as_case(row) for row in rows if row["due_on"] is None], key)
    # reading: a date is moved where revised_due_on is later than due_on (the same date is no move);
    # counted among all the open, overdue or not. When it was moved is not recorded.
    moved = [row for row in dated if row["revised_due_on"] is not None]
    moved = [row for row in moved if row["revised_due_on"] > row["due_on"]]
    return rates, none, count([as_case(row) for row in moved], key)


def closed_in_time(findings, as_of, zone=None, *, key=None):
    """({group: (closed by due_on, due)}, {group: (not yet due: met early, not met)})."""
    # reading: here the spec's own "due_on < as_of" is strict: a finding due on as_of is not yet due. One
    # accepted before it is due stands under "not met". Without due_on a finding stands nowhere here.
    cases = []
    for row in opened(findings, as_of):
        if row["due_on"] is not None:
            met = closed_by(row, min(row["due_on"], as_of))
            cases.append((as_case(row, first_of(row["due_on"])), row["due_on"] < as_of, met))
    return tally(cases, key)


def months_later(day, months):
    """The same day of a later month, or its last day where it has no such day."""
    month = first_of(day)
    for _ in range(months):
        month = next_month(month)
    return min(month + timedelta(days=day.day - 1), last_day(month))


def follow_through(findings, as_of, zone=None, *, within=(6, 12, 24), start_month=7, key=BY_SCHOOL_YEAR):
    """{months: ({group: (closed within, due)}, {group: (not yet due: met early, not met)},
    {group: (verified, closed within)})}; a case has `school_year` too, the year it starts in."""
    result = {}
    for months in within:
        cases, verified = [], []
        for row in opened(findings, as_of):
            case = as_case(row, first_of(row["opened_on"]))
            case["school_year"] = school_year(row["opened_on"], start_month)
            # reading: calendar months, the same day included; it has run out at the end of that day.
            # Each finding is due by itself, so a young school year stands with part of its findings.
            # Risk accepted is never "closed", but stays in the denominator.
            limit = months_later(row["opened_on"], months)
            met = closed_by(row, min(limit, as_of))
            cases.append((case, limit <= as_of, met))
            if limit <= as_of and met:
                # reading: verified at any time by as_of, not within the months too.
                verified.append((case, True, by(row["closure_verified_on"], as_of) is not None))
        result[months] = (*tally(cases, key), tally(verified, key)[0])
    return result


def cycles(links):
    """The cycles of {id: the id it repeats}: a sorted list of sorted tuples of ids."""
    found = set()
    for start in links:
        path = []
        at = start
        while at in links and at not in path:
            path.append(at)
            at = links[at]
        if at in path:
            found.add(tuple(sorted(path[path.index(at) :])))
    return sorted(found)


def repeats(findings, as_of, zone=None, *, key=None):
    """({group: (closed and found again, closed and audited again)}, cycles of repeat_of)."""
    audited = [row for row in findings if row["audited_on"] <= as_of]
    # reading: links are those of findings; a no_finding row found nothing again. An id that is not
    # there (set aside, or later than as_of) ends the chain.
    rows = {row["finding_id"]: row for row in audited if row["result"] == "finding"}
    links = {name: row["repeat_of"] for name, row in rows.items() if row["repeat_of"] is not None}
    followers = {}
    for name, earlier in links.items():
        followers.setdefault(earlier, []).append(name)
    latest = {}
    for row in audited:
        place = (row["school_id"], row["clause"])
        latest[place] = max(latest.get(place, row["audited_on"]), row["audited_on"])
    cases = []
    for name, row in rows.items():
        # reading: each closed finding is a case, in the middle of a chain too ("the first finding" is
        # the one closed, as against the later one that repeats it). Risk accepted is not closed.
        if row["opened_on"] > as_of or not closed_by(row, as_of):
            continue
        # reading: audited again: any row of that school and clause (any limb, any result, any audit)
        # audited on a later day than closed_on.
        if latest[row["school_id"], row["clause"]] <= row["closed_on"]:
            continue
        # reading: found again: a finding further down its chain, however far, that was audited after
        # closed_on, of the same school and clause (else it is not in the denominator's sense "again").
        # What was found while the first was still open is no repeat of something closed.
        seen, ahead, again = {name}, [name], False
        while ahead:
            for follower in followers.get(ahead.pop(), []):
                if follower not in seen:
                    seen.add(follower)
                    ahead.append(follower)
                    later = rows[follower]
                    same = (later["school_id"], later["clause"]) == (row["school_id"], row["clause"])
                    again = again or (same and later["audited_on"] > row["closed_on"])
        cases.append((as_case(row, first_of(row["closed_on"])), True, again))
    # reading: a cycle is reported, and its findings count as any other (none is its own repeat).
    return tally(cases, key)[0], cycles(links)


def ageing(findings, as_of, zone=None, *, key=None):
    """{group: {age: open findings}}; the ages add up to the open ones."""
    result = {None: dict.fromkeys(AGES, 0)} if key is None else {}
    for row in still_open(findings, as_of):
        days = (as_of - row["opened_on"]).days
        age = AGES[sum(days > most for most in (30, 60, 90, 365))]
        result.setdefault(group_of(key, as_case(row)), dict.fromkeys(AGES, 0))[age] += 1
    return result


def roll_forward_by(findings, as_of, zone=None, *, key=None):
    """{(group, month): (opening, opened, closed, risk accepted, closing)}, for every group every month
    from the district's first to the reporting month; key=None: the district."""
    # reading: opening and closing are counted, each for itself, from the dates of the findings, never
    # carried over, so that `unbalanced` has something to prove.
    rows = opened(findings, as_of)
    groups = {}
    for row in rows:
        groups.setdefault(group_of(key, as_case(row)), []).append(row)
    result = {}
    first = min((first_of(row["opened_on"]) for row in rows), default=date.max)
    for month in months_between(first, reporting_month(as_of)):
        end = last_day(month)
        for group, own in groups.items():
            before = [row for row in own if row["opened_on"] < month]
            upto = [row for row in own if row["opened_on"] <= end]
            ended = [row for row in own if row["closed_on"] is not None]
            ended = [row for row in ended if month <= row["closed_on"] <= end]
            result[group, month] = (
                sum(row["closed_on"] is None or row["closed_on"] >= month for row in before),
                sum(month <= row["opened_on"] <= end for row in own),
                sum(row["status"] != "risk_accepted" for row in ended),
                sum(row["status"] == "risk_accepted" for row in ended),
                sum(row["closed_on"] is None or row["closed_on"] > end for row in upto),
            )
    return result


def unbalanced(*tables):
    """What is wrong, as (group, month): a month that does not add up, or whose opening is not the
    closing of the month before; and where two tables are given, a month in which the groups of the
    second do not add up to the first (the district, group None)."""
    wrong = []
    for table in tables:
        for (group, month), (opening, came, closed, accepted, closing) in table.items():
            before = table.get((group, first_of(month - timedelta(days=1))))
            carried = before is None or before[-1] == opening
            if opening + came - closed - accepted != closing or not carried:
                wrong.append((group, month))
    if len(tables) == 2:
        for (group, month), figures in tables[0].items():
            parts = [own for (_, other), own in tables[1].items() if other == month]
            if tuple(map(sum, zip(*parts, strict=True))) != figures:
                wrong.append((group, month))
    return wrong
