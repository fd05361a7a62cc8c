"""The oracle: the measures once more, from the specification alone, in plain loops over rows.

Rows are dicts, typed: dates `date`, datetimes naive UTC `datetime`, None for an empty cell.
It shares no code with the package and is meant to be checked by reading. Where the specification
leaves a choice, `# reading:` says which was taken, and why. Settings are parameters' defaults.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta


# ---- time
def first_of(day):
    return day.replace(day=1)


def next_month(month):
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def last_day(month):
    return next_month(month) - timedelta(days=1)


def months_between(first, last):
    """Every month from first to last, both included; none where first is later."""
    months = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months


def reporting_month(as_of):
    """The last month whose last day is <= as_of."""
    this = first_of(as_of)
    return this if last_day(this) <= as_of else first_of(this - timedelta(days=1))


def twelve_months(as_of):
    """The 12 months that end with the reporting month."""
    last = reporting_month(as_of)
    return months_between(next_month(last.replace(year=last.year - 1)), last)


def school_year(day, start_month=7):
    """The calendar year in which the school year of that day starts."""
    return day.year if day.month >= start_month else day.year - 1


def local_date(instant, zone):
    return instant.replace(tzinfo=UTC).astimezone(zone).date()


def end_of_day(day, zone):
    """The instant (naive UTC) at which that local day is over; it belongs to the next day."""
    midnight = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def by(day, as_of):
    """An event dated later than as_of has not happened yet: it counts as empty."""
    return day if day is not None and day <= as_of else None


def add(table, key, first, second):
    """Add to the pair that stands under key."""
    pair = table.get(key, (0, 0))
    table[key] = (pair[0] + first, pair[1] + second)


# ---- registrations
def standing(registrations, as_of):
    """Registrations that have begun by as_of, personal accounts left out."""
    rows = [row for row in registrations if row["registered_on"] <= as_of]
    return [row for row in rows if row["account_capacity"] != "personal"]


def active_on(row, day):
    return row["active_from"] <= day and (row["active_to"] is None or row["active_to"] >= day)


def active(registrations, as_of):
    return [row for row in standing(registrations, as_of) if active_on(row, as_of)]


def platforms(registrations, as_of):
    """(Counter of platform -> active, those the code list does not know, all active)."""
    counts, unknown = Counter(), 0
    for row in active(registrations, as_of):
        # reading: the unknown stand in the Counter too, as one group "Other", so that it adds up
        # to all active; a code list with an "Other" of its own would share that bar only.
        listed = row["platform__listed"] is not False
        unknown += not listed
        counts[row["platform"] if listed else "Other"] += 1
    return counts, unknown, sum(counts.values())


def supervisor_aware_stock(registrations, as_of):
    rows = active(registrations, as_of)
    notified = [row for row in rows if by(row["supervisor_notified_on"], as_of) is not None]
    return len(notified), len(rows)


def supervisor_aware_cohort(registrations, as_of, *, enacted, window_days=0, registered_late_days=30):
    """({month: (numerator, denominator)}, {month: registered late}), shown cohorts only."""
    cohorts, late = {}, {}
    # reading: personal accounts are in no cohort and not among the late ones: a cohort's
    # denominator is "active" too, which leaves them out.
    for row in standing(registrations, as_of):
        start = row["active_from"]
        month = first_of(start)
        # reading: the month of enactment is a cohort of what began from that day on.
        if start < enacted:
            continue
        # reading: "has passed": the day last + n is over at the end of that very day, so a cohort
        # is shown from as_of = last + n on (as a month reports on its own last day).
        if last_day(month) + timedelta(days=max(window_days, registered_late_days)) > as_of:
            continue
        # reading: the late too are counted for shown cohorts only, by month of first use. A month
        # stands in a dict only if it counts something there (all late: in `late` alone).
        if row["registered_on"] > start + timedelta(days=registered_late_days):
            late[month] = late.get(month, 0) + 1
            continue
        notice = by(row["supervisor_notified_on"], as_of)
        met = notice is not None and notice <= start + timedelta(days=window_days)
        add(cohorts, month, met, 1)
    return cohorts, late


# ---- exceptions
TEXTS = ("sms", "mms")
LIMITS_HOURS = {"mandated": 12, "violence_or_self_harm": 12}


def logged(exceptions, as_of, zone):
    """Rows that have begun by as_of."""
    return [row for row in exceptions if local_date(row["logged_at"], zone) <= as_of]


def in_lag(row, days):
    # reading: 30 days are 30 x 24 hours from occurred_at, as instants, the limit included
    # ("comparisons and durations are in UTC"). None: no lag is asked.
    return days is None or row["logged_at"] <= row["occurred_at"] + timedelta(days=days)


def contact_month(row, zone):
    return first_of(local_date(row["occurred_at"], zone))


def individual_messages(exceptions, as_of, zone, *, logged_within_days=30, texts=True):
    """{month: violation, pending, upheld, logged_late, complete}, by SMS or MMS."""
    # reading: "other direct messages" (texts=False) are individual messages by EVERY other channel,
    # not only "direct_message": none may drop out between the two lines.
    rows = [row for row in logged(exceptions, as_of, zone) if row["kind"] == "individual_message"]
    rows = [row for row in rows if (row["channel"] in TEXTS) == texts]
    # reading: the first month is the first with a row of this very line; months without one are
    # zeros here (whether a zero is a gap is for `returns`); the running month is not shown.
    first = min((contact_month(row, zone) for row in rows), default=date.max)
    result = {}
    for month in months_between(first, reporting_month(as_of)):
        counts = {"violation": 0, "pending": 0, "upheld": 0, "logged_late": 0}
        for row in rows:
            if contact_month(row, zone) == month:
                # reading: logged late is a fourth, separate count, whatever the outcome.
                in_time = in_lag(row, logged_within_days)
                counts[row["outcome"] if in_time else "logged_late"] += 1
        # reading: the lag has passed once no contact of the month can still be logged within it:
        # its closing midnight + 30 x 24 h <= the end of as_of. By dates: as_of >= last day + 30,
        # but one day later where clocks go forward in between (February).
        over = end_of_day(last_day(month), zone) + timedelta(days=logged_within_days)
        result[month] = {**counts, "complete": over <= end_of_day(as_of, zone)}
    return result


def individual_messages_other(exceptions, as_of, zone, **settings):
    """The same for individual messages by any other channel."""
    return individual_messages(exceptions, as_of, zone, **settings, texts=False)


def staff_and_schools(returns, schools, month, as_of, min_staff_percent):
    """(staff of the schools that handed in, or None for a gap; those schools)."""
    # reading: a return for a month after the reporting month has not been made by as_of.
    logs = [row for row in returns if row["table"] == "exception_log"]
    logs = [row for row in logs if row["month"] <= reporting_month(as_of)]
    present, held, everyone = set(), 0, 0
    for school in schools:
        own = {row["month"]: row["staff"] for row in logs if row["school_id"] == school}
        # reading: its staff is its own figure, else the latest earlier, else the earliest later
        # one; also for a school that handed in and left staff empty.
        upto = [m for m in own if own[m] is not None and m <= month]
        after = [m for m in own if own[m] is not None and m > month]
        staff = own[max(upto)] if upto else own[min(after)] if after else None
        # reading: a school that never gave a figure can't be weighed: it is on neither side of the
        # 80 %, and its contacts are left out (they would be a numerator without denominator).
        if staff is None:
            continue
        everyone += staff
        if month in own:
            present.add(school)
            held += staff
    # reading: "under 80 %" is strict: exactly 80 % is no gap. No staff at all is a gap.
    if held == 0 or held * 100 < everyone * min_staff_percent:
        return None, present
    return held, present


def mean_active(registrations, schools, months, as_of):
    """Registration-days / days of the months; None where there are none."""
    # reading: a registration made later than a day counts on it (if made by as_of): "active" asks
    # for active_from and active_to alone.
    rows = [row for row in standing(registrations, as_of) if row["school_id"] in schools]
    days = [m + timedelta(days=n) for m in months for n in range(last_day(m).day)]
    in_use = sum(active_on(row, day) for day in days for row in rows)
    return in_use / len(days) if in_use else None


def individual_messages_rate(
    exceptions, returns, registrations, as_of, zone, months, schools,
    *, logged_within_days=30, min_staff_percent=80, out_of_term=(7, 8),
):  # fmt: skip
    """{month: (violations, staff or None for a gap, violations left out)}; per 100 is x 100."""
    result = {}
    for month in months:
        if returns is None:
            present, staff = set(schools), mean_active(registrations, schools, [month], as_of)
        else:
            staff, present = staff_and_schools(returns, schools, month, as_of, min_staff_percent)
        # reading: July and August are gaps of the series with either denominator, and so is a
        # month not over by as_of. The counts are given all the same.
        if month.month in out_of_term or month > reporting_month(as_of):
            staff = None
        inside = left_out = 0
        for row in logged(exceptions, as_of, zone):
            # reading: "counted apart" are those that would else be in the numerator: violations
            # of the `schools` asked for that did not hand in.
            if (row["kind"], row["outcome"]) != ("individual_message", "violation"):
                continue
            counted = row["channel"] in TEXTS and in_lag(row, logged_within_days)
            if counted and contact_month(row, zone) == month:
                inside += row["school_id"] in present
                left_out += row["school_id"] in schools and row["school_id"] not in present
        result[month] = (inside, staff, left_out)
    return result


def individual_messages_12_months(
    exceptions, returns, registrations, as_of, zone, schools,
    *, logged_within_days=None, min_staff_percent=80,
):  # fmt: skip
    """(violations, mean staff or None) of the 12 months that end with the reporting month."""
    # reading: only "a series" is cut to what was logged within 30 days; the scorecard is none and
    # counts every violation logged by as_of (else logging late would pay). Likewise July and
    # August are gaps "in series"; here they stand, if handed in.
    months = twelve_months(as_of)
    rates = individual_messages_rate(
        exceptions, returns, registrations, as_of, zone, months, schools, out_of_term=(),
        logged_within_days=logged_within_days, min_staff_percent=min_staff_percent,
    ).values()  # fmt: skip
    if returns is None:
        return sum(n for n, _, _ in rates), mean_active(registrations, schools, months, as_of)
    # reading: a gap month stands on neither side: its violations are not in the numerator, and
    # the mean is over the months that are no gap (a mean of monthly totals, not of schools).
    kept = [(n, staff) for n, staff, _ in rates if staff is not None]
    mean = sum(staff for _, staff in kept) / len(kept) if kept else None
    return sum(n for n, _ in kept), mean


def reports(exceptions, as_of, zone, limits_hours):
    """Each report by as_of: (local date of occurred_at, due, met)."""
    # reading: the 30 days of logging are for contacts ("Contacts: ...") and not for limits: a
    # report stands once logged by as_of. Its outcome plays no part, nor do July and August.
    for row in logged(exceptions, as_of, zone):
        if row["kind"] == "mandatory_report":
            deadline = row["occurred_at"] + timedelta(hours=limits_hours[row["report_basis"]])
            event = row["authority_reported_at"]
            happened = event is not None and local_date(event, zone) <= as_of
            # reading: an event AT the deadline is in time and the end of as_of is exclusive: a
            # deadline exactly at the closing midnight is of the next day and has not run out.
            due = deadline < end_of_day(as_of, zone)
            yield local_date(row["occurred_at"], zone), due, happened and event <= deadline


def reported_in_time(exceptions, as_of, zone, *, limits_hours=LIMITS_HOURS):
    """({month: (numerator, denominator)}, {month: (not yet due: met early, open)})."""
    rates, apart = {}, {}
    # reading: months with a case only, the running month too.
    for day, due, met in reports(exceptions, as_of, zone, limits_hours):
        if due:
            add(rates, first_of(day), met, 1)
        else:
            add(apart, first_of(day), met, not met)
    return rates, apart


def reported_in_time_periods(exceptions, as_of, zone, *, limits_hours=LIMITS_HOURS, start_month=7):
    """{"12_months", "reporting_month", "school_year_to_date": (numerator, denominator)}."""
    last = reporting_month(as_of)
    # reading: "to date" is to as_of, the only "now": the school year that holds as_of, from its
    # first day through as_of, the running month as far as its cases are due.
    periods = {
        "12_months": (twelve_months(as_of)[0], last_day(last)),
        "reporting_month": (last, last_day(last)),
        "school_year_to_date": (date(school_year(as_of, start_month), start_month, 1), as_of),
    }
    result = {}
    for name, (first, end) in periods.items():
        cases = reports(exceptions, as_of, zone, limits_hours)
        met = [ok for day, due, ok in cases if due and first <= day <= end]
        result[name] = (sum(met), len(met))
    return result


# ---- findings
ITEM = ["audit_id", "audited_on", "school_id", "clause", "limb"]
ITEM += ["registration_id", "platform", "account"]


def items(findings, as_of):
    """The audited items: dicts of the eight fields, and `finding`: has any row one?"""
    found = {}
    for row in findings:
        if row["audited_on"] <= as_of:
            # reading: cells compare as typed and exactly (platform as mapped, account as written).
            key = tuple(row[name] for name in ITEM)
            # reading: the result is dated by audited_on; an opened_on after as_of keeps the
            # finding out of the stock of open ones, not out of the audit's result.
            found[key] = found.get(key, False) or row["result"] == "finding"
    return [{**dict(zip(ITEM, key, strict=True)), "finding": hit} for key, hit in found.items()]


def finding_rate(findings, as_of, registrations=None, *, max_not_linked_percent=20):
    """({(clause, limb or None, month): (with finding, items), or None where no rate is given},
    {month: (P.4 items not linked, all P.4 items)}); None where there is no evidence at all."""
    # reading: "no no_finding row at all" is asked of the source as it stood on as_of.
    if not any(r["result"] == "no_finding" and r["audited_on"] <= as_of for r in findings):
        return None
    # reading: a registration later than as_of "stands in no measure" and was not there then, so
    # an item that names it is not linked. Without registrations nothing is.
    made = [row for row in registrations or [] if row["registered_on"] <= as_of]
    capacity = {row["registration_id"]: row["account_capacity"] for row in made}
    rates, links = {}, {}
    for item in items(findings, as_of):
        clause, limb, month = item["clause"], item["limb"], first_of(item["audited_on"])
        if clause == "P.4":
            linked = item["registration_id"] in capacity
            add(links, month, not linked, 1)
            if not linked or capacity[item["registration_id"]] != "district_sponsored":
                continue
        # reading: limb is part of an item, so one account audited for four limbs is four items
        # of the whole clause P.3.
        add(rates, (clause, None, month), item["finding"], 1)
        if clause == "P.3":
            add(rates, (clause, limb, month), item["finding"], 1)
    # reading: the share is that of the figure it stands beside (here the month), its whole all
    # P.4 items, those linked to other accounts among them; "exceeds" is strict.
    for month, (missing, total) in links.items():
        if missing * 100 > total * max_not_linked_percent:
            rates["P.4", None, month] = None
    return rates, links


def opened_by(findings, as_of):
    """Findings opened by as_of: (school, opened_on, closed_on or None, status)."""
    # reading: a finding is a row (a finding_id), not an item.
    rows = [r for r in findings if r["result"] == "finding" and r["audited_on"] <= as_of]
    rows = [r for r in rows if r["opened_on"] <= as_of]
    return [(r["school_id"], r["opened_on"], by(r["closed_on"], as_of), r["status"]) for r in rows]


def roll_forward(findings, as_of):
    """{(school, month): (opening, opened, closed, risk_accepted, closing)}."""
    rows = opened_by(findings, as_of)
    result = {}
    # reading: every school with a finding has every month from the DISTRICT's first, so that the
    # schools add up in each month. It ends with the reporting month: what opens or closes in the
    # running month is in open_findings only.
    first = min((first_of(opened_on) for _, opened_on, _, _ in rows), default=date.max)
    for school in {row[0] for row in rows}:
        opening = 0
        for month in months_between(first, reporting_month(as_of)):
            opened = closed = accepted = 0
            for where, opened_on, closed_on, status in rows:
                if where == school:
                    opened += first_of(opened_on) == month
                    if closed_on is not None and first_of(closed_on) == month:
                        accepted += status == "risk_accepted"
                        closed += status != "risk_accepted"
            closing = opening + opened - closed - accepted
            result[school, month] = (opening, opened, closed, accepted, closing)
            opening = closing
    return result


def open_findings(findings, as_of):
    """Findings open at the end of as_of; one closed on that day is closed."""
    return sum(closed_on is None for _, _, closed_on, _ in opened_by(findings, as_of))
