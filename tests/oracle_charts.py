"""An independent oracle for the control charts of MEASURES.md, section "Control charts".

Written from the specification alone, without sight of the code under test; plain loops, standard
library only, meant to be checked by reading.  `# reading:` marks a place where the specification
leaves a choice.

The arithmetic is done in plain units (y / n); `per` multiplies value, centre and limits at the very end.
"""

import math
from statistics import median

KINDS = ("run", "i", "xmr", "mr", "c", "u", "p", "p_prime", "u_prime", "g", "t")
WITH_DENOMINATOR = ("u", "p", "p_prime", "u_prime")
NOISE = 1e-12  # relative to the largest absolute kept value of the phase


def chart(
    points,
    kind,
    rules="anhoej",
    better=None,
    target=None,
    baseline=None,
    exclude=(),
    phases=(),
    screen=None,
    floor=None,
    per=1.0,
):
    """Return one dict per point; see the module's docstring and MEASURES.md."""
    if kind not in KINDS:
        raise ValueError(f"no such chart: {kind}")
    if rules not in ("anhoej", "nhs"):
        raise ValueError(f"no such rules: {rules}")
    if better not in (None, "higher", "lower"):
        raise ValueError(f"better is higher, lower or None, not {better}")
    if screen is None:
        screen = kind == "xmr"
    if kind not in ("g", "t"):
        # reading: a gap with a date counts here too; two points on one date are wrong even if one is empty.
        seen = set()
        for x, _, _ in points:
            if x in seen:
                raise ValueError(f"two points on {x}")
            seen.add(x)

    rows = []
    for x, y, n in points:
        if kind not in WITH_DENOMINATOR:
            n = 1
        gap = y is None or n is None or n == 0
        rows.append(
            {
                "x": x,
                "y": None if gap else y,
                "n": None if gap else n,
                "gap": gap,
                "v": None if gap else y / n,
                # reading: a gap is never kept, and a gap that is also excluded is a gap (it breaks trends).
                "kept": not gap and x not in exclude,
            }
        )
    number_the_phases(rows, phases)

    # reading: `floor` and `target` are in the units shown, that is, after `per`.
    plain_floor = None if floor is None else floor / per
    plain_target = None if target is None else target / per

    phase_count = max((row["phase"] for row in rows), default=0)
    for number in range(1, phase_count + 1):
        phase = [row for row in rows if row["phase"] == number]
        compute_limits(phase, kind, baseline, screen, plain_floor)
        count_runs(phase)
        for row in phase:
            row["outside"] = outside_side(row) is not None
            row["signal"], row["rule"], row["side"] = False, None, None
        if phase[0]["centre"] is not None:
            if rules == "anhoej":
                mark_anhoej(phase)
            else:
                mark_nhs(phase, kind)

    assurance = assure(rows, better, plain_target)
    return [finished(row, better, per, assurance) for row in rows]


def finished(row, better, per, assurance):
    """Return the row as handed out: scaled by `per`, with its mark."""

    def scaled(number):
        return None if number is None else number * per

    mark = None
    if row["signal"]:
        if better is None:
            mark = "high" if row["side"] == "above" else "low"
        else:
            good = (row["side"] == "above") == (better == "higher")
            mark = "improvement" if good else "concern"
    return {
        "value": scaled(row["v"]),
        "phase": row["phase"],
        "kept": row["kept"],
        "centre": scaled(row["centre"]),
        "lower": scaled(row["lower"]),
        "upper": scaled(row["upper"]),
        "points": row["points"],
        "limits": row["limits"],
        "useful": row["useful"],
        "longest_run": row["longest_run"],
        "longest_run_max": row["longest_run_max"],
        "crossings": row["crossings"],
        "crossings_min": row["crossings_min"],
        "outside": row["outside"],
        "signal": row["signal"],
        "rule": row["rule"],
        "side": row["side"],  # reading: None where there is no signal
        "mark": mark,
        "sigma_z": row["sigma_z"],
        "assurance": assurance,
    }


def number_the_phases(rows, phases):
    """Give each row its phase, from 1."""
    # reading: `phases` and `exclude` speak of x (the date), not of the position; a phase starts at the first
    # point, gap or not, with x at or after the start.  Starts that no point separates (or that lie at or before
    # the first point, or after the last) make no phase of their own, so the numbers have no holes.
    number, reached_before = 0, None
    for row in rows:
        reached = 0
        for start in phases:
            if row["x"] >= start:
                reached += 1
        if reached != reached_before:
            number += 1
        reached_before = reached
        row["phase"] = number


# ---------------------------------------------------------------------------------------------- centre, limits


def compute_limits(phase, kind, baseline, screen, floor):
    """Set centre, lower, upper, low2 and high2 (two sigma, uncut), limits, points, sigma_z, tol on each row."""
    kept = [row for row in phase if row["kept"]]
    tol = NOISE * max((abs(row["v"]) for row in kept), default=0.0)
    for row in phase:
        row["points"] = len(kept)
        row["centre"] = row["lower"] = row["upper"] = row["low2"] = row["high2"] = row["sigma_z"] = None
        row["tol"] = tol
        row["limits"] = "too short"
    # reading: full, trial and too short go by the kept points of the phase, not by the baseline;
    # "too short" goes before "none" and "no variation".
    if len(kept) < 10:
        return
    # reading: a baseline longer than the phase takes all of it; 0 or None is no baseline.
    base = kept[:baseline] if baseline else kept
    values = [row["v"] for row in base]
    sum_y = math.fsum(row["y"] for row in base)
    sum_n = math.fsum(row["n"] for row in base)
    mean = math.fsum(values) / len(values)
    if kind in ("run", "g"):
        centre = median(values)
    elif kind in WITH_DENOMINATOR:
        centre = sum_y / sum_n
    elif kind == "t":
        if any(row["v"] < 0 for row in kept):
            raise ValueError("a time between events is not negative")
        roots = [value ** (1 / 3.6) for value in values]
        root_mean = math.fsum(roots) / len(roots)
        centre = root_mean**3.6
    elif kind == "mr":
        # reading: with `screen` asked for on a chart of moving ranges, the mean (so centre and limits) is screened.
        centre = mean_range(values, screen, tol)
    else:
        centre = mean
    for row in phase:
        row["centre"] = centre
        row["limits"] = "full" if len(kept) >= 20 else "trial"

    if kind == "run":
        for row in phase:
            row["limits"] = "none"
        return

    # The half width at three sigma around `middle`: `wide(n)`.
    middle, nothing = centre, False
    if kind in ("i", "xmr"):
        mean_r = mean_range(moving_ranges(values), screen, tol)
        nothing = mean_r <= tol  # reading: a mean moving range of nothing but float noise is zero
        factor = 3 / 1.128 if kind == "i" else 2.66

        def wide(n):
            return factor * mean_r
    elif kind == "mr":
        nothing = centre <= tol

        def wide(n):
            return (3.267 - 1) * centre
    elif kind == "t":
        root_tol = NOISE * max(row["v"] ** (1 / 3.6) for row in kept)
        mean_r = mean_range(moving_ranges(roots), screen, root_tol)
        nothing = mean_r <= root_tol

        def wide(n):
            return 3 / 1.128 * mean_r
    elif kind == "g":
        middle = mean
        nothing = mean <= 0

        def wide(n):
            return 3 * math.sqrt(mean * (mean + 1))
    elif kind == "c":
        nothing = centre <= 0

        def wide(n):
            return 3 * math.sqrt(centre)
    else:
        binomial = kind in ("p", "p_prime")
        nothing = centre <= 0 or (binomial and centre >= 1)
        variance = centre * (1 - centre) if binomial else centre
        sigma_z = None
        if not nothing:
            sigma_z = laney(base, centre, variance, tol)
            for row in phase:
                row["sigma_z"] = sigma_z
        if kind in ("p_prime", "u_prime"):
            nothing = nothing or not sigma_z
            stretch = sigma_z or 0.0
        else:
            stretch = 1.0

        def wide(n):
            return 3 * math.sqrt(variance / n) * stretch

    for row in phase:
        if nothing:
            row["limits"] = "no variation"
            continue
        # reading: the limits of a gap: where they hang on n there are none, else the phase's limits run through it.
        if row["gap"] and kind in WITH_DENOMINATOR:
            continue
        width = wide(row["n"])
        if kind == "t":
            row["lower"] = max(0.0, root_mean - width) ** 3.6
            row["upper"] = (root_mean + width) ** 3.6
            continue
        lower, upper = middle - width, middle + width
        row["low2"], row["high2"] = middle - width * 2 / 3, middle + width * 2 / 3
        if kind in ("mr", "c", "u", "u_prime", "p", "p_prime", "g"):
            lower = max(0.0, lower)
        if kind in ("p", "p_prime"):
            upper = min(1.0, upper)
        if kind == "xmr" and floor is not None:  # reading: the floor is the xmr chart's alone
            lower = max(floor, lower)
        row["lower"], row["upper"] = lower, upper


def moving_ranges(values):
    """Return the absolute differences of neighbours."""
    ranges = []
    for i in range(1, len(values)):
        ranges.append(abs(values[i] - values[i - 1]))
    return ranges


def mean_range(ranges, screen, tol):
    """Return the mean of the ranges, screened once if asked."""
    # reading: a baseline of one point has no range; that counts as zero, so "no variation".
    if not ranges:
        return 0.0
    mean = math.fsum(ranges) / len(ranges)
    if not screen or mean <= tol:
        return mean
    left = [r for r in ranges if r < 3.267 * mean - tol]
    return math.fsum(left) / len(left)


def laney(base, centre, variance, tol):
    """Return the mean |delta z| over 1.128, of the baseline points."""
    # reading: screening drops ranges, not delta z.
    if len(base) < 2:
        return None
    # Every point on the centre line: all z are zero but for float noise.
    if all(abs(row["v"] - centre) <= tol for row in base):
        return 0.0
    z = [(row["v"] - centre) / math.sqrt(variance / row["n"]) for row in base]
    steps = moving_ranges(z)
    return math.fsum(steps) / len(steps) / 1.128


# ---------------------------------------------------------------------------------------- runs and crossings


def side_of(row):
    """Return the side of the centre line a point is strictly on, or None."""
    if row["v"] > row["centre"] + row["tol"]:
        return "above"
    if row["v"] < row["centre"] - row["tol"]:
        return "below"
    return None


def outside_side(row):
    """Return the side on which a point (kept or excluded) is strictly outside its limits, or None."""
    # reading: a value equal to its limit but for float noise is not strictly outside.
    if row["gap"] or row["upper"] is None:
        return None
    if row["v"] > row["upper"] + row["tol"]:
        return "above"
    if row["v"] < row["lower"] - row["tol"]:
        return "below"
    return None


def useful_points(phase):
    """Return the kept points that are not on the centre line."""
    return [row for row in phase if row["kept"] and side_of(row) is not None]


def fifth_percentile(trials):
    """Return the smallest k with P(Binomial(trials, 1/2) <= k) >= 0.05, in whole numbers."""
    total = 0
    for k in range(trials + 1):
        total += math.comb(trials, k)
        if 20 * total >= 2**trials:
            return k
    raise AssertionError


def count_runs(phase):
    """Set useful, longest_run, longest_run_max, crossings and crossings_min on each row."""
    names = ("useful", "longest_run", "longest_run_max", "crossings", "crossings_min")
    if phase[0]["centre"] is None:
        counts = (None, None, None, None, None)  # reading: too short, no centre line, so nothing to count
    else:
        sides = [side_of(row) for row in useful_points(phase)]
        longest = current = crossings = 0
        for i, side in enumerate(sides):
            if i > 0 and side == sides[i - 1]:
                current += 1
            else:
                current = 1
                if i > 0:
                    crossings += 1
            longest = max(longest, current)
        n = len(sides)
        if n == 0:
            counts = (0, 0, None, 0, None)  # reading: log2 0 and Binomial(-1) do not exist
        else:
            counts = (n, longest, round(math.log2(n)) + 3, crossings, fifth_percentile(n - 1))
    for row in phase:
        for name, count in zip(names, counts, strict=True):
            row[name] = count


def put(row, rule, side):
    """Mark a point, unless an earlier rule has."""
    if not row["signal"]:
        row["signal"], row["rule"], row["side"] = True, rule, side


def mark_outside(phase):
    """Mark what is outside, excluded points too."""
    for row in phase:
        side = outside_side(row)
        if side is not None:
            put(row, "outside", side)


def mark_anhoej(phase):
    """Outside, then run, then crossings."""
    mark_outside(phase)
    useful = useful_points(phase)
    if not useful:
        return
    first = phase[0]
    last_run = []
    for row in reversed(useful):
        if side_of(row) != side_of(useful[-1]):
            break
        last_run.append(row)
    # reading: "every point of the last run of useful points": points on the centre line and excluded points that
    # lie between them are not marked.
    for row in last_run:
        if first["longest_run"] > first["longest_run_max"]:
            put(row, "run", side_of(row))
        if first["crossings"] < first["crossings_min"]:
            put(row, "crossings", side_of(row))


def mark_nhs(phase, kind):
    """Outside, then trend, then two of three, then shift."""
    mark_outside(phase)
    if kind not in ("g", "t"):
        for stretch in unbroken(phase):
            mark_trends(stretch)
        for stretch in unbroken(phase):
            mark_two_of_three(stretch)
    mark_shifts([row for row in phase if row["kept"]])


def unbroken(phase):
    """Return the kept points in stretches, cut at the gaps."""
    # reading: only a gap breaks; over an excluded point the kept neighbours are joined.
    stretches = [[]]
    for row in phase:
        if row["gap"]:
            stretches.append([])
        elif row["kept"]:
            stretches[-1].append(row)
    return stretches


def mark_trends(stretch):
    """Seven in a row strictly rising or falling: six differences of one sign."""
    # reading: a point that ends one trend and begins the next keeps the slope of the earlier one.
    for start in range(len(stretch) - 6):
        seven = stretch[start : start + 7]
        rising = falling = 0
        for i in range(1, 7):
            step = seven[i]["v"] - seven[i - 1]["v"]
            if step > seven[i]["tol"]:
                rising += 1
            if step < -seven[i]["tol"]:
                falling += 1
        for row in seven:
            if rising == 6:
                put(row, "trend", "above")
            if falling == 6:
                put(row, "trend", "below")


def mark_two_of_three(stretch):
    """Of three in a row on one side, two (or three) strictly beyond two sigma; the far ones are marked."""
    # reading: all three are strictly on the one side.
    for start in range(len(stretch) - 2):
        three = stretch[start : start + 3]
        for side in ("above", "below"):
            far = []
            for row in three:
                if row["high2"] is None:
                    continue
                beyond_high = side == "above" and row["v"] > row["high2"] + row["tol"]
                beyond_low = side == "below" and row["v"] < row["low2"] - row["tol"]
                if beyond_high or beyond_low:
                    far.append(row)
            if len(far) >= 2 and all(side_of(row) == side for row in three):
                for row in far:
                    put(row, "two_of_three", side)


def mark_shifts(kept):
    """Seven in a row strictly on one side; gaps and excluded points do not break it, the centre line does."""
    for start in range(len(kept) - 6):
        seven = kept[start : start + 7]
        for side in ("above", "below"):
            if all(side_of(row) == side for row in seven):
                for row in seven:
                    put(row, "shift", side)


# -------------------------------------------------------------------------------------------------- assurance


def assure(rows, better, target):
    """Return the assurance of the whole series, from its latest point."""
    # reading: without a direction there is no "better than the target", so None; a run chart and a phase that is
    # too short have no limits, so None.  The latest point is the latest that is no gap, excluded or not.
    if target is None or better is None:
        return None
    latest = None
    for row in rows:
        if not row["gap"]:
            latest = row
    if latest is None:
        return None
    if latest["limits"] == "no variation":
        lower = upper = latest["centre"]
    else:
        lower, upper = latest["lower"], latest["upper"]
    if lower is None:
        return None
    tol = latest["tol"]  # reading: a limit that equals the target but for float noise is on the boundary
    if better == "higher":
        meets, fails = lower >= target - tol, upper < target - tol
    else:
        meets, fails = upper <= target + tol, lower > target + tol
    if meets:
        return "consistently meets"
    if fails:
        return "consistently fails"
    return "hit or miss"
