"""Every measure, breakdown and roll-forward of made-up districts, crowded about the edges, equals a plain loop."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import measures_against_loops as loops
import pytest
from hypothesis import HealthCheck, given, settings
from made_districts import districts

from norwalk_analytics import load_district

PARTS = {
    loops.REGISTRATIONS: loops.registrations,
    loops.EXCEPTIONS: loops.contacts,
    loops.FINDINGS: loops.findings,
}


def compare(examples):
    """So many made-up districts against the loops; what of each table was read, and what of it accepted."""
    read, accepted = Counter(), Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )
    @given(made=districts())
    def law(made):
        with TemporaryDirectory() as folder:
            district = load_district(made.write(Path(folder)), as_of=made.as_of)
        for table, loaded in district.tables.items():
            read[table] += loaded.read
            accepted[table] += loaded.frame.height
        for table, part in PARTS.items():
            if table in district.tables:
                part(district)
        loops.misses(district)

    law()
    return read, accepted


def shares(read, accepted):
    return {table: accepted[table] / count for table, count in read.items()}


def test_made_up_districts():
    read, accepted = compare(25)
    assert set(read) == {*PARTS, "returns"}
    assert min(shares(read, accepted).values()) > 0.7


@pytest.mark.long
def test_more_made_up_districts():
    read, accepted = compare(200)
    for table, share in shares(read, accepted).items():
        print(f"{table}: {read[table]} rows made up, {share:.1%} of them accepted")
    assert min(shares(read, accepted).values()) > 0.7
