"""The contrast of every pair of colours of a page, by WCAG's own formula, written out again here."""

from __future__ import annotations

import pytest
from colour_pairs import COLOURS, DARK, FREE, LIGHT, ON_PAPER, PAIRS

from norwalk_analytics.board import page, theme


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as "#12436D", as WCAG 2.1 defines it for sRGB."""
    red, green, blue = (
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_a_pair_has_its_contrast(front: str, back: str, least: float, mode: int) -> None:
    assert ratio(COLOURS[front][mode], COLOURS[back][mode]) >= least


@pytest.mark.parametrize(("front", "back", "least"), ON_PAPER)
def test_a_pair_on_paper_has_its_contrast(front: str, back: str, least: float) -> None:
    assert ratio(COLOURS[front][LIGHT], COLOURS[back][LIGHT]) >= least


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#777777", "#FFFFFF", 4.48),  # the two greys on either side of 4.5
        ("#767676", "#FFFFFF", 4.54),
        ("#FF0000", "#FFFFFF", 4.0),
        ("#0000FF", "#FFFFFF", 8.59),
        ("#12436D", "#12436D", 1.0),
    ],
)
def test_the_formula_gives_what_is_known(one: str, other: str, known: float) -> None:
    assert ratio(one, other) == pytest.approx(known, abs=0.005)
    assert ratio(other, one) == ratio(one, other) == pytest.approx(theme.contrast(one, other))


def test_the_lists_hold_every_colour_once() -> None:
    """Each colour stands in a pair, and no pair twice."""
    assert {name for pair in (*PAIRS, *FREE) for name in pair[:2]} == set(COLOURS)
    assert len({pair[:2] for pair in PAIRS}) == len(PAIRS)
    assert not {pair[:2] for pair in PAIRS} & FREE.keys()
    assert {"accent", *page.PALETTE, *(colour.name for colour in theme.PALETTE)} == set(COLOURS)
