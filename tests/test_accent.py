"""The accent: what passes, and that what is offered in its place is the nearest of its hue, by trying all colours."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from norwalk_analytics import UserError
from norwalk_analytics.board import accent as accents
from norwalk_analytics.board.accent import DARK, TEXT, UNSEEN, accent, nearest, off_hue, oklab
from norwalk_analytics.board.page import ACCENT
from norwalk_analytics.board.theme import contrast

WHITE = "#FFFFFF"
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)
GREYS = st.integers(0, 255).map(lambda n: f"#{n:02X}{n:02X}{n:02X}")


def channels(colour):
    return tuple(bytes.fromhex(colour[1:]))


@pytest.mark.parametrize(
    ("colour", "known"),
    [  # CSS Color Module Level 4, sample conversions; Ottosson 2020
        ("#FF0000", (0.62796, 0.22486, 0.12585)),
        ("#00FF00", (0.86644, -0.23389, 0.17950)),
        ("#0000FF", (0.45201, -0.03246, -0.31153)),
        ("#FFFFFF", (1.0, 0.0, 0.0)),
        ("#000000", (0.0, 0.0, 0.0)),
        ("#808080", (0.59987, 0.0, 0.0)),
    ],
)
def test_oklab_is_that_of_its_author(colour, known):
    assert oklab(channels(colour)) == pytest.approx(known, abs=2e-5)


@cache
def every(ground):
    """All colours that pass on a ground, a row each, with their OKLab: by numpy, with none of accent's search."""
    n = np.arange(256) / 255
    linear = np.where(n <= 0.04045, n / 12.92, ((n + 0.055) / 1.055) ** 2.4)
    light = 0.2126 * linear[:, None, None] + 0.7152 * linear[None, :, None] + 0.0722 * linear[None, None, :]
    own = contrast(ground, "#000000") * 0.05 - 0.05
    ratio = np.maximum(light + 0.05, own + 0.05) / np.minimum(light + 0.05, own + 0.05)
    passing = np.argwhere(ratio >= TEXT).astype(np.uint8)
    lms = np.cbrt(linear[passing] @ np.array(accents._LMS).T)
    return passing, lms @ np.array(accents._LAB).T


@pytest.mark.long
@pytest.mark.parametrize(
    ("colour", "ground"),
    [
        ("#FFD500", WHITE), ("#00FF00", WHITE), ("#00FFFF", WHITE), ("#FF69B4", WHITE), ("#F46A25", WHITE),
        ("#777777", WHITE), ("#FFFFFF", WHITE), ("#8FD3FF", WHITE), ("#F2F0E9", WHITE), ("#12436D", DARK), ("#801650", DARK),
        ("#0000FF", DARK), ("#000000", DARK), ("#0B6E4F", DARK),
    ],
)  # fmt: skip
def test_none_of_all_colours_of_its_hue_is_nearer(colour, ground):
    passing, labs = every(ground)
    aim, found = oklab(channels(colour)), nearest(colour, ground)
    chroma = np.hypot(aim[1], aim[2])
    if chroma > UNSEEN:
        along = (labs[:, 1] * aim[1] + labs[:, 2] * aim[2]) / chroma
        across = np.abs(labs[:, 1] * aim[2] - labs[:, 2] * aim[1]) / chroma
        of_hue = np.where(along >= 0, across, np.hypot(labs[:, 1], labs[:, 2])) <= UNSEEN
    else:
        of_hue = np.hypot(labs[:, 1], labs[:, 2]) <= chroma + 1e-6
    least = np.linalg.norm(labs[of_hue] - aim, axis=1).min()
    assert np.linalg.norm(np.subtract(oklab(channels(found)), aim)) == pytest.approx(least, abs=1e-9)
    assert channels(found) in set(map(tuple, passing[of_hue].tolist()))


@settings(max_examples=15, deadline=None)
@given(colour=COLOURS, ground=st.sampled_from([WHITE, DARK]))
@example("#FFD500", WHITE)
@example("#000000", DARK)
@example("#0000FF", DARK)
def test_the_nearest_passes_keeps_its_hue_and_is_its_own_nearest(colour, ground):
    found = nearest(colour, ground)
    assert contrast(found, ground) >= TEXT
    assert off_hue(oklab(channels(found)), oklab(channels(colour))) <= UNSEEN + 1e-6 or found == colour
    assert nearest(found, ground) == found


@settings(max_examples=15, deadline=None)
@given(colour=COLOURS)
def test_what_passes_is_itself(colour):
    if contrast(colour, WHITE) >= TEXT:
        assert nearest(colour) == colour
    else:
        assert nearest(colour) != colour


@settings(max_examples=10, deadline=None)
@given(colour=GREYS, ground=st.sampled_from([WHITE, DARK]))
def test_a_grey_stays_a_grey(colour, ground):
    assert len(set(channels(nearest(colour, ground)))) == 1


@settings(max_examples=10, deadline=None)
@given(colour=COLOURS)
def test_the_accent_of_dark_pages_is_lighter_and_can_be_read(colour):
    made = accent(nearest(colour))
    assert contrast(made.dark, DARK) >= TEXT
    assert oklab(channels(made.dark))[0] >= oklab(channels(made.light))[0] - 1e-9


def test_a_colour_that_fails_is_refused_with_the_one_that_passes():
    with pytest.raises(UserError) as caught:
        accent("#FFD500")
    assert str(caught.value) == (
        "policy.toml: accent #FFD500 has a contrast of 1.4 on white where 4.5 is needed. "
        "The nearest that passes is #8C7500."
    )
    with pytest.raises(
        UserError, match=r"contrast of 4\.4 on"
    ):  # 4.48, rounded down: never 4.5 where 4.5 is needed
        accent("#777777")


def test_no_colour_has_a_contrast_that_none_can_have():
    with pytest.raises(ValueError, match="No colour has a contrast of 21"):
        nearest("#777777", "#777777", 21)


def test_the_page_has_the_shipped_accent_where_it_is_given_none():
    assert accent(ACCENT[0]) == ACCENT
