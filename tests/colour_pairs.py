"""Every pair of colours of a page: what stands on what, and the contrast that WCAG 2.1 asks of it.

test_contrast.py computes each; browser/test_report_colours.py finds those in use in the sample's
report and holds them against these lists.
"""

from norwalk_analytics.board import page, theme

LIGHT, DARK = 0, 1
COLOURS: dict[str, tuple[str, str]] = {
    **{colour.name: (colour.light, colour.dark) for colour in theme.PALETTE},
    **page.PALETTE,
    "accent": page.ACCENT,
}

# Text 4.5 (1.4.3); marks, outlines and edges that say something 3 (1.4.11).
PAIRS: tuple[tuple[str, str, float], ...] = (
    *theme.PAIRS,
    *((name, "background", 4.5) for name in ("muted", "link")),
    *((name, "panel", 4.5) for name in ("text", "muted", "link")),
    ("accent", "background", 4.5),  # numbers of "In brief"; the rules above sections
    ("flag-text", "flag", 4.5),
    ("internal-text", "internal", 4.5),
    *((name, "background", 3.0) for name in ("focus", "edge", "flag-text")),
    *((name, "panel", 3.0) for name in ("focus", "edge")),
)
# Paper has no fills and is never dark.
ON_PAPER: tuple[tuple[str, str, float], ...] = (
    ("flag-text", "background", 4.5),
    ("internal", "background", 4.5),
)

# Graphics on what WCAG asks nothing of, and why.
FREE: dict[tuple[str, str], str] = {
    ("rule", "background"): "lines that only part things; headings and space part them too",
    (
        "background",
        "background",
    ): "hollow points and halos, parted from the ground by their outline or not meant to be seen",
    ("background", "grey"): "a hollow point over the line that leads through it: grey encloses it",
    ("band", "grey"): "a leader begins in its own point; beyond it, it stands on the background",
    ("grey", "grey"): "a leader begins in its own point",
    ("bar", "bar"): "bars up and down from zero touch there; a line of background is drawn over it",
}
