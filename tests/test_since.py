"""What changed since the last report, in a sentence; what the charts say, on a grid."""

from datetime import date

import polars as pl

from norwalk_analytics import figures, suppress
from norwalk_analytics.board.brief import brief_points
from norwalk_analytics.board.grid import COLUMNS, grid
from norwalk_analytics.board.scorecard import charts
from norwalk_analytics.board.since import since
from norwalk_analytics.board.trend_words import trend_word
from norwalk_analytics.oversight.reported import reported


def test_each_status_that_changed_is_named_once(district):
    shown = suppress(reported(figures(district), district.policy), district.policy)
    now = {
        (row["measure"], row["clause"]): row["status"]
        for row in shown.frame.filter(
            pl.col("school").is_null() & pl.col("breakdown").is_null(), period="as_of", view="stock"
        ).to_dicts()
        if row["status"]
    }
    then = shown.ledger().with_columns(
        pl.when(pl.col("end") == date(2026, 6, 30)).then(date(2026, 5, 31)).otherwise("end").alias("end")
    )
    lead = "Since the report as of May 31, 2026"
    assert since(shown, None) is None
    assert since(shown, shown.ledger()) is None, "the same day is no last report"
    assert since(shown, then) == f"{lead}, no measure came to meet its target or ceased to."
    worse, better = (
        next(key for key, status in now.items() if status == said) for said in ("does not meet", "meets")
    )
    one, other = (pl.col("measure") == name for name, _ in (worse, better))
    whole = pl.col("school").is_null() & pl.col("breakdown").is_null()
    changed = then.with_columns(
        pl.when(one & whole).then(pl.lit("meets")).when(other & whole).then(pl.lit("does not meet"))
        .otherwise("status").alias("status")
    )  # fmt: skip
    said = since(shown, changed)
    short, met = (
        f"{name[0].lower()}{name[1:]} ({clause})"
        for name, clause in ((district.policy.measures[key[0]].name, key[1]) for key in (worse, better))
    )
    assert said == f"{lead}, now short of the target: {short}; now meeting it: {met}."
    points = brief_points(shown, charts(shown), [], 0, returns=True, then=changed)
    assert (said, "scorecard") in points
    assert len(points) <= 7


def test_every_chart_stands_once_on_the_grid_where_its_words_put_it(district):
    shown = suppress(reported(figures(district), district.policy), district.policy)
    found = charts(shown)
    page = str(grid(shown, found))
    body = page.split("<tbody>")[1]
    rows = [row.split("<td")[1:] for row in body.split("<tr>")[1:]]
    words = {"concern": "worsening", "common cause": "steady", "improvement": "improving", "changed, up": "high", "changed, down": "low",
             "too short": "too short to say"}  # fmt: skip
    placed = 0
    for row, source in zip(rows, body.split("<tr>")[1:], strict=True):
        head = source.split("</th>")[0].rsplit(">", 1)[1].lower()
        word = next(one for start, one in words.items() if head.startswith(start))
        for promised, cell in zip(COLUMNS, row, strict=True):
            for (name, clause), chart in found.items():
                if (
                    trend_word(chart) != word
                    or ((chart.summary.get("assurance") or "") if chart.kind == "p" else "") != promised
                ):
                    continue
                assert district.policy.measures[name].name in cell, (name, clause, word, promised)
                assert clause == "all" or clause in cell
                placed += 1
            assert ("none" in cell) == ("<li>" not in cell)
    assert placed == sum(trend_word(chart) in words.values() for chart in found.values()) > 5
    assert "has a control chart yet" in str(grid(shown, {}))
