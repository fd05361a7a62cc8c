"""The Board's accent colour: whether it has the contrast that it needs, and the nearest colour that has.

The accent is on things that are no data: the head's border, the rules above sections, the numbers of "In brief".
Text in the page's background colour stands on it, so against that background it needs the contrast of text.
"""

from __future__ import annotations

import heapq
from functools import cache
from itertools import product
from math import dist, hypot
from typing import NamedTuple

from norwalk_analytics.board.theme import HEX, LINEAR, PALETTE, Channels, channels, contrast, luminance
from norwalk_analytics.policy import UserError

TEXT = 4.5  # WCAG 2.1, 1.4.3; what a graphic needs (1.4.11) is 3, and so is met with it
UNSEEN = 0.002  # a tenth of what the eye can just tell apart in OKLab (0.02, CSS Color 4, 13.2)
ROUNDING = 1e-6
DARK = next(colour.dark for colour in PALETTE if colour.name == "background")

Lab = tuple[float, float, float]

_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


class Accent(NamedTuple):
    """The accent on a light and on a dark page."""

    light: str
    dark: str


def accent(colour: str) -> Accent:
    """The accent on a light page, which is the Board's, and on a dark one, which is made from it.

    Args:
        colour: a hex of six digits.

    Raises:
        UserError: if white text on it could not be read; the sentence names the nearest colour that passes.

    Example:
        >>> accent("#12436D")
        Accent(light='#12436D', dark='#5683AE')
    """
    given = contrast(colour, HEX["background"])
    if given < TEXT:
        message = (
            f"policy.toml: accent {colour} has a contrast of {int(given * 10) / 10} on white where {TEXT} is needed. "
            f"The nearest that passes is {nearest(colour)}."
        )
        raise UserError(message)
    return Accent(colour, nearest(colour, DARK))


@cache
def nearest(colour: str, ground: str = HEX["background"], least: float = TEXT) -> str:
    """The colour nearest to one, of those of its hue that have enough contrast; itself if it has.

    Near is near in OKLab, where equal distances look alike (Björn Ottosson 2020, "A perceptual color space for
    image processing"; the same matrices stand in CSS Color 4). The hue is kept as far as can be seen: the colour
    lies within ``UNSEEN`` of the half-plane of lightness and chroma that the first one lies in, and a grey stays a grey.

    It is exact among the 2^24 colours of a page, by branch and bound: boxes of colours are halved along each
    channel, the most promising first. Luminance and the three cone responses of OKLab rise with each channel, so a
    box's two corners bound them, and these bound how near a colour of the box can be; a box is left out where none
    of its colours can pass. The first single colour that is taken up is nearer than whatever is left. Of equally
    near ones it is the first by its hex.

    Args:
        colour: a hex of six digits.
        ground: what it stands on.
        least: the contrast that is asked for, 21 at the most on white.

    Returns:
        A hex in capital letters.

    Raises:
        ValueError: if no colour has that contrast on that ground.

    Example:
        >>> nearest("#FFD500"), nearest("#12436D"), nearest("#777777")
        ('#8C7500', '#12436D', '#767676')
    """
    if contrast(colour, ground) >= least:
        return colour.upper()
    search = _Search(colour, ground, least)
    heap: list[tuple[float, Channels, int]] = [(0.0, (0, 0, 0), 256)]
    while heap:
        _, low, size = heapq.heappop(heap)
        if size == 1:
            return _hex(low)
        half = size // 2
        for steps in product((0, half), repeat=3):
            corner = low[0] + steps[0], low[1] + steps[1], low[2] + steps[2]
            bound = search.bound(corner, half)
            if bound is not None:
                heapq.heappush(heap, (bound, corner, half))
    message = f"No colour has a contrast of {least} on {ground}."
    raise ValueError(message)


def oklab(channels: Channels) -> Lab:
    """Lightness from 0 to 1, and the two axes of hue and chroma.

    Example:
        >>> [round(part, 3) for part in oklab((255, 0, 0))]
        [0.628, 0.225, 0.126]
    """
    roots = _roots(channels)
    lightness, green_red, blue_yellow = (sum(w * r for w, r in zip(row, roots, strict=True)) for row in _LAB)
    return lightness, green_red, blue_yellow


def off_hue(lab: Lab, aim: Lab) -> float:
    """How far a colour lies from the half-plane of another's hue; from the greys, where that has none.

    Example:
        >>> off_hue((0.5, 0.0, 0.1), (0.8, 0.0, 0.25)), off_hue((0.5, 0.125, 0.0), (0.8, 0.0, 0.25))
        (0.0, 0.125)
    """
    chroma = hypot(aim[1], aim[2])
    if chroma <= UNSEEN or lab[1] * aim[1] + lab[2] * aim[2] < 0:
        return hypot(lab[1], lab[2])
    return abs(lab[1] * aim[2] - lab[2] * aim[1]) / chroma


class _Search:
    """What is sought, and how near to it a box of colours can come."""

    def __init__(self, colour: str, ground: str, least: float) -> None:
        self.aim = oklab(channels(colour))
        self.ground, self.least = ground, least
        self.light = luminance(channels(ground))
        chroma = hypot(self.aim[1], self.aim[2])
        self.leeway = UNSEEN if chroma > UNSEEN else chroma + ROUNDING  # a grey stays a grey
        x, y = (self.aim[1] / chroma, self.aim[2] / chroma) if chroma > UNSEEN else (1.0, 0.0)
        _, green_red, blue_yellow = _LAB  # turned, so that one axis is the chroma of the hue sought
        along = tuple(x * a + y * b for a, b in zip(green_red, blue_yellow, strict=True))
        across = tuple(x * b - y * a for a, b in zip(green_red, blue_yellow, strict=True))
        self.rows = (_LAB[0], along, across)
        self.wanted = (self.aim[0], x * self.aim[1] + y * self.aim[2], 0.0)

    def bound(self, low: Channels, size: int) -> float | None:
        """A distance that no colour of the box is nearer than; None where none of them will do."""
        if size == 1:
            lab = oklab(low)
            if contrast(_hex(low), self.ground) < self.least or off_hue(lab, self.aim) > self.leeway:
                return None
            return dist(lab, self.aim)
        high = low[0] + size - 1, low[1] + size - 1, low[2] + size - 1
        darker = (self.light + 0.05) / (luminance(low) + 0.05)
        lighter = (luminance(high) + 0.05) / (self.light + 0.05)
        if max(darker, lighter) < self.least - ROUNDING:
            return None
        least, most = _roots(low), _roots(high)
        far = []
        for (k, m, s), wanted in zip(self.rows, self.wanted, strict=True):
            a, b, c = (least if weight > 0 else most for weight in (k, m, s))
            under = k * a[0] + m * b[1] + s * c[2]
            a, b, c = (most if weight > 0 else least for weight in (k, m, s))
            over = k * a[0] + m * b[1] + s * c[2]
            far.append(max(0.0, under - wanted, wanted - over))
        return None if far[2] > self.leeway + ROUNDING else max(0.0, hypot(*far) - ROUNDING)


def _roots(channels: Channels) -> tuple[float, float, float]:
    """The cube roots of the cone responses."""
    red, green, blue = (LINEAR[channel] for channel in channels)
    one, two, three = ((r * red + g * green + b * blue) ** (1 / 3) for r, g, b in _LMS)
    return one, two, three


def _hex(channels: Channels) -> str:
    return "#{:02X}{:02X}{:02X}".format(*channels)
