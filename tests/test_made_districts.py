"""Every measure, breakdown and roll-forward of made-up districts, crowded about the edges, equals a plain loop."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import measures_against_loops as loops
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from made_districts import Made, districts

from norwalk_analytics import load_district

PARTS = {
    loops.registrations: loops.REGISTRATIONS,
    loops.contacts: loops.EXCEPTIONS,
    loops.findings: loops.FINDINGS,
    loops.misses: None,
}
"""What is compared, and the table that it needs."""


def loaded(made):
    with TemporaryDirectory() as folder:
        return load_district(made.write(Path(folder)), as_of=made.as_of)


def differs(made, part):
    """What a part says of a district in which the package and the loops differ."""
    try:
        part(loaded(made))
    except AssertionError as error:
        return str(error) or "they differ"
    return None


def thinned(made, part):
    """The same district with as few rows as still differ."""
    for table in made.tables:
        size = len(made.tables[table]) // 2
        while size:
            start = 0
            while start < len(made.tables[table]):
                kept = made.tables[table][:start] + made.tables[table][start + size :]
                fewer = Made(made.as_of, {**made.tables, table: kept})
                if kept and differs(fewer, part):
                    made = fewer
                else:
                    start += size
            size //= 2
    return made


def compare(examples):
    """So many made-up districts against the loops; what of each table was read, and what of it accepted."""
    read, accepted = Counter(), Counter()

    @settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.generate],  # rows are thinned here instead
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(made=districts())
    def law(made):
        district = loaded(made)
        for table, one in district.tables.items():
            read[table] += one.read
            accepted[table] += one.frame.height
        for part, table in PARTS.items():
            if table is None or table in district.tables:
                try:
                    part(district)
                except AssertionError as error:
                    message = f"{part.__name__}: {error}\n{thinned(made, part).told()}"
                    raise AssertionError(message) from error

    law()
    return read, accepted


def shares(read, accepted):
    return {table: accepted[table] / count for table, count in read.items()}


def test_made_up_districts():
    read, accepted = compare(10)
    assert min(shares(read, accepted).values()) > 0.7


@pytest.mark.long
def test_more_made_up_districts():
    read, accepted = compare(50)
    for table, share in shares(read, accepted).items():
        print(f"{table}: {read[table]} rows made up, {share:.1%} of them accepted")
    assert set(read) == {loops.REGISTRATIONS, loops.EXCEPTIONS, loops.FINDINGS, "returns"}
    assert min(shares(read, accepted).values()) > 0.7
