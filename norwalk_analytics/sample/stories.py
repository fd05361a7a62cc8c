"""The stories that every sample district tells, whatever its seed, and its period.

A share is of 1, a rate of contacts is a school year's for the whole district. Each
story is strong enough for its control chart to show it at any seed. All that is not
named here is steady.
"""

from datetime import date

# The period of the data. The policy was enacted on the first day.
ENACTED = date(2013, 9, 3)
LAST_DAY = date(2026, 6, 30)

# 1. A.4 parents_informed, by month of first use, within 30 days: a step up in autumn 2024.
PARENTS_BEFORE = 0.62
PARENTS_AFTER = 0.88
PARENTS_SINCE = date(2024, 9, 1)

# 2. B.5 reported_in_time: one school year in which reports came late; else one or two a year.
LATE_YEAR = 2024
IN_TIME_IN_LATE_YEAR = 0.70
REPORT_LIMIT_HOURS = 12

# 3. finding_rate of one clause: security settings slip from September 2025.
SLIPPING_CLAUSE = "B.4"
SLIPPING_BEFORE = 0.09
SLIPPING_AFTER = 0.24
SLIPPING_SINCE = date(2025, 9, 1)

# 4. A.1b supervisor_aware, on or before first use: a slow rise, then steady.
SUPERVISORS_AT_FIRST = 0.60
SUPERVISORS_STEADY = 0.93
SUPERVISORS_STEADY_SINCE = date(2023, 1, 1)

# 5. One school hands in neither rows nor a nil return of the exception log.
SILENT_SCHOOL = "Roton"
SILENT_MONTHS = (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1))
OTHER_MISSING_RETURNS = 9  # of other schools, months and tables, before July 2025

# 6. Critical findings, one audited in each of these months, open and past due on LAST_DAY.
OVERDUE_MONTHS = (date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1))

# 7. C.1 friend_or_follow violations fall after a training of all staff.
TRAINING = date(2022, 1, 21)
FRIENDING_BEFORE = 48
FRIENDING_AFTER = 14
