"""Silence: months for which a school handed in neither rows nor a nil return, against a plain loop."""

import random
from datetime import date

import polars as pl

from norwalk_analytics.board.silence import silence_sentence, silence_table
from norwalk_analytics.intake.contract import TABLES
from norwalk_analytics.oversight.periods import add_months
from norwalk_analytics.oversight.silences import silences, silences_of


def test_it_is_what_a_plain_loop_finds():
    some = random.Random(4)
    schools, last = ["Elm", "Oak", "Yew"], date(2026, 6, 1)
    months = [add_months(last, -back) for back in range(20)]
    handed = {
        (s, t, m)
        for s in schools
        for t in TABLES
        for m in months
        if some.random() < 0.9 and (s, t) != ("Yew", TABLES[1])
    }
    handed.add(("Elm", TABLES[0], add_months(last, 1)))
    returns = pl.DataFrame(sorted(handed), schema=["school_id", "table", "month"], orient="row")
    found = {(school, table): gone for school, table, gone in silences(returns, schools, last).rows()}
    wanted = {}
    for school in schools:
        for table in TABLES:
            gone = [
                month
                for month in sorted(months)
                if month > add_months(last, -12) and (school, table, month) not in handed
            ]
            if gone:
                wanted[school, table] = gone
    assert found == wanted
    assert len(found["Yew", TABLES[1]]) == 12
    assert silence_sentence(silences(returns, schools, last)).startswith(
        "3 schools handed in neither rows nor a nil return"
    )


def test_the_silent_school_of_the_sample_is_found(district):
    found = silences_of(district)
    assert found.select("school_id", "table").rows() == [("Roton", "exception_log")]
    assert len(found["months"][0]) == 3
    said = str(silence_table(district))
    assert "Roton" in said
    assert "3 of 12" in said
    assert silence_sentence(found).startswith("1 school handed in")
    assert silence_sentence(found.clear()) is None
    assert silence_sentence(None) is None
