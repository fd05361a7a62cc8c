"""Intervals round a rate, and what they say about a target.

Numerators and denominators are plain numbers; nothing here knows of frames or of a policy.
"""

from math import inf, sqrt
from statistics import NormalDist

_LARGEST = 2**53  # beyond it a float no longer counts by ones


def wilson(
    numerator: float,
    denominator: float,
    *,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Give the Wilson score interval of a proportion, without continuity correction.

    Args:
        numerator: cases that count, from 0 to `denominator`.
        denominator: all cases, above 0.
        confidence: the level, between 0 and 1.

    Returns:
        The lower and the upper bound, as shares from 0 to 1.

    Raises:
        ValueError: the denominator is not above 0, the numerator not within it, or the
            confidence not between 0 and 1.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209–212; method 3 of Newcombe 1998,
    Stat. Med. 17, 857–872.

    Example:
        >>> lower, upper = wilson(81, 263)
        >>> f"{lower:.4f} to {upper:.4f}"
        '0.2553 to 0.3662'
    """
    _check(numerator, denominator, confidence)
    if numerator > denominator:
        message = f"The numerator {numerator} is above the denominator {denominator}."
        raise ValueError(message)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = numerator / denominator
    middle = numerator + z * z / 2
    half = z * sqrt(numerator * (1 - share) + z * z / 4)
    whole = denominator + z * z
    # At the ends the bound is exact, where rounding would leave a trace.
    lower = 0.0 if numerator == 0 else (middle - half) / whole
    upper = 1.0 if numerator == denominator else (middle + half) / whole
    return lower, upper


def poisson(
    count: float,
    area: float,
    *,
    per: float = 1.0,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Give the exact interval of a rate of events (Garwood).

    Args:
        count: events seen, 0 or more.
        area: the area of opportunity they were seen in (staff, days, …), above 0.
        per: the rate is per so much of the area: 100 for "per 100 staff".
        confidence: the level, between 0 and 1.

    Returns:
        The lower and the upper bound, in events per `per` of the area; lower is 0 for count 0.

    Raises:
        ValueError: the count is below 0, the area or `per` not above 0, or the confidence not
            between 0 and 1.

    Source: Garwood 1936, Biometrika 28, 437–442.

    Example:
        >>> lower, upper = poisson(10, 1)
        >>> f"{lower:.3f} to {upper:.2f}"
        '4.795 to 18.39'
    """
    from scipy.special import gammainccinv, gammaincinv

    _check(count, area, confidence, per)
    tail = (1 - confidence) / 2
    lower = float(gammaincinv(count, tail)) if count > 0 else 0.0
    upper = float(gammainccinv(count + 1, tail))
    return lower * per / area, upper * per / area


def verdict(
    numerator: float | None,
    denominator: float | None,
    target: float | None,
    *,
    better: str = "higher",
    interval: str = "wilson",
    per: float = 1.0,
    confidence: float = 0.95,
) -> str | None:
    """Say how a rate stands against its target.

    The interval decides: wholly at or beyond the target on the better side "meets", wholly on
    the worse side "does not meet", else "cannot tell yet" (`enough` then says what would do).
    A share whose target is 1 with higher better, or any rate whose target is 0 with lower
    better, means every case and none, and is judged exactly.

    Args:
        numerator: cases that count, or events; None is no evidence.
        denominator: all cases, or the area of opportunity; None or 0 is no evidence.
        target: in the units of the rate (a share, or events per `per`); None for no target.
        better: "higher" or "lower".
        interval: "wilson" for a share of events, "poisson" for events per `per` of an area,
            "none" for a census, whose figure is compared as it stands.
        per: the rate is per so much of the denominator; for a share 1.
        confidence: the level of the interval.

    Returns:
        "meets", "does not meet", "cannot tell yet", "no evidence", or None without a target.

    Raises:
        ValueError: `better` or `interval` is none of those named, or a number is out of range.

    Sources: as `wilson` and `poisson`.

    Example:
        >>> verdict(190, 200, 0.9), verdict(190, 200, 0.95), verdict(190, 200, 1)
        ('meets', 'cannot tell yet', 'does not meet')
    """
    _check_words(better, interval)
    if target is None:
        return None
    if numerator is None or not denominator:
        return "no evidence"
    lower, upper = _bounds(numerator, denominator, interval, per, confidence)
    every = interval == "wilson" and better == "higher" and target == per
    none = better == "lower" and target == 0
    if every or none:
        lower = upper = numerator * per / denominator
    worst, best = (lower, upper) if better == "higher" else (-upper, -lower)
    goal = target if better == "higher" else -target
    if worst >= goal:
        return "meets"
    return "does not meet" if best < goal else "cannot tell yet"


def enough(
    rate: float,
    target: float,
    better: str = "higher",
    *,
    interval: str = "wilson",
    per: float = 1.0,
    confidence: float = 0.95,
) -> int | None:
    """Give the smallest whole denominator at which the same rate would meet its target.

    Args:
        rate: the rate as it stands, in the units of the target.
        target: a share, or events per `per`.
        better: "higher" or "lower".
        interval: "wilson" for a share, "poisson" for events per `per` of an area.
        per: the rate is per so much of the denominator; for a share 1.
        confidence: the level of the interval.

    Returns:
        The denominator; None where the rate is not better than the target (or by less than
        floats can tell), so that no denominator would do.

    Raises:
        ValueError: `better` or `interval` is none of those named, or a number is out of range.

    Sources: as `wilson` and `poisson`.

    Example:
        >>> enough(1.0, 0.95)
        73
        >>> verdict(72, 72, 0.95), verdict(73, 73, 0.95)
        ('cannot tell yet', 'meets')
    """
    _check_words(better, interval)
    if not (rate > target if better == "higher" else rate < target):
        return None

    def meets(size: int) -> bool:
        cases = rate * size / per
        said = verdict(
            cases,
            size,
            target,
            better=better,
            interval=interval,
            per=per,
            confidence=confidence,
        )
        return said == "meets"

    low, high = 0, 1
    while not meets(high):
        low, high = high, high * 2
        if high > _LARGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


def _bounds(
    numerator: float, denominator: float, interval: str, per: float, confidence: float
) -> tuple[float, float]:
    """Give the interval that is asked for, in units of the rate."""
    if interval == "poisson":
        return poisson(numerator, denominator, per=per, confidence=confidence)
    if interval == "wilson":
        lower, upper = wilson(numerator, denominator, confidence=confidence)
        return lower * per, upper * per
    _check(numerator, denominator, confidence, per)
    return (numerator * per / denominator,) * 2


def _check(count: float, size: float, confidence: float, per: float = 1.0) -> None:
    """Refuse numbers of which no rate or interval can be made."""
    if not 0 <= count < inf:
        message = f"A numerator is 0 or more, not {count}."
        raise ValueError(message)
    if not (0 < size < inf and 0 < per < inf):
        message = f"A denominator and per are above 0, not {size} and {per}."
        raise ValueError(message)
    if not 0 < confidence < 1:
        message = f"A confidence lies between 0 and 1, not {confidence}."
        raise ValueError(message)


def _check_words(better: str, interval: str) -> None:
    """Refuse a direction or an interval that is not known."""
    if better not in ("higher", "lower"):
        message = f'better is "higher" or "lower", not "{better}".'
        raise ValueError(message)
    if interval not in ("wilson", "poisson", "none"):
        message = f'interval is "wilson", "poisson" or "none", not "{interval}".'
        raise ValueError(message)
