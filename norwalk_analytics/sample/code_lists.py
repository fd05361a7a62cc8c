"""The contract's schools and platforms; how platforms came and went, and were written."""

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from norwalk_analytics.sample.chance import pick

Row = dict[str, str]
ALWAYS = date(2100, 1, 1)
RENAMED = date(2023, 7, 24)  # Twitter became X

# First year of use in the district, the day it closed, weight. What a code list holds
# besides is used from 2013 on with weight 1.
LIVES: dict[str, tuple[int, date, int]] = {
    "Facebook": (2008, ALWAYS, 14),
    "X": (2009, ALWAYS, 17),
    "Instagram": (2012, ALWAYS, 14),
    "Pinterest": (2011, ALWAYS, 3),
    "YouTube": (2008, ALWAYS, 7),
    "TikTok": (2019, ALWAYS, 6),
    "Snapchat": (2014, ALWAYS, 2),
    "Threads": (2023, ALWAYS, 4),
    "Bluesky": (2024, ALWAYS, 3),
    "Mastodon": (2022, ALWAYS, 1),
    "Google+": (2011, date(2019, 4, 2), 5),
    "Vine": (2013, date(2017, 1, 17), 4),
    "Flickr": (2008, date(2019, 1, 8), 2),
    "Periscope": (2015, date(2021, 3, 31), 2),
    "WordPress": (2008, ALWAYS, 3),
    "Blogger": (2008, date(2021, 6, 30), 4),
    "Edmodo": (2009, date(2022, 9, 22), 16),
    "Google Classroom": (2014, ALWAYS, 16),
    "Schoology": (2012, ALWAYS, 5),
    "Canvas": (2012, ALWAYS, 4),
    "Seesaw": (2015, ALWAYS, 7),
    "ClassDojo": (2012, ALWAYS, 8),
    "Flip": (2016, date(2024, 9, 30), 4),
    "Padlet": (2013, ALWAYS, 4),
    "Remind": (2012, ALWAYS, 12),
    "WhatsApp": (2014, ALWAYS, 2),
    "GroupMe": (2012, ALWAYS, 5),
    "TeamSnap": (2011, ALWAYS, 5),
    "Discord": (2018, ALWAYS, 5),
    "Twitch": (2018, ALWAYS, 1),
    "Zoom": (2019, ALWAYS, 4),
}
UNLISTED = ("BAND", "Voxer", "ParentSquare", "Heja", "Geneva", "Bloomz")
SHARE_UNLISTED = 0.025
SHARE_ALIAS = 0.03


@dataclass(frozen=True, slots=True)
class School:
    """One school of the code list."""

    school_id: str
    level: str


@dataclass(frozen=True, slots=True)
class Platforms:
    """The code list: each platform's life, in the list's order, and its aliases."""

    lives: dict[str, tuple[int, date, int]]
    aliases: dict[str, list[str]]

    def choose(self, rng: random.Random, day: date) -> str:
        """Draws a platform that was in use and not about to close on a day."""
        if rng.random() < SHARE_UNLISTED:
            return rng.choice(UNLISTED)
        soon = day + timedelta(days=180)
        open_then = {
            name: weight
            for name, (first, closed, weight) in self.lives.items()
            if first <= day.year and soon < closed
        }
        return pick(rng, open_then or dict.fromkeys(self.lives, 1))

    def written(self, rng: random.Random, name: str, day: date) -> str:
        """Spells a platform as someone would have on a day: mostly by its name then."""
        aliases = self.aliases.get(name, [])
        then = name
        if name == "X" and day < RENAMED:
            aliases = [alias for alias in aliases if "X" not in alias]
            then = "Twitter" if "Twitter" in aliases else name
        elif name == "Remind":
            then = "Remind101" if day.year < 2015 and "Remind101" in aliases else name
            aliases = []
        return rng.choice(aliases) if aliases and rng.random() < SHARE_ALIAS else then


def closed_on(name: str) -> date:
    """Gives the day a platform closed for good, far in the future if it has not."""
    return LIVES.get(name, (0, ALWAYS, 0))[1]


def read_schools(schemas: Path) -> list[School]:
    """Reads the schools of a contract folder, in the order of the code list."""
    return [School(row["school_id"], row["level"]) for row in _rows(schemas / "schools.csv")]


def read_platforms(schemas: Path) -> Platforms:
    """Reads the platforms of a contract folder and their aliases."""
    names = [row["platform"] for row in _rows(schemas / "platforms.csv")]
    lives = {name: LIVES.get(name, (2013, ALWAYS, 1)) for name in names}
    aliases: dict[str, list[str]] = {}
    for row in _rows(schemas / "platform_aliases.csv"):
        aliases.setdefault(row["platform"], []).append(row["alias"])
    return Platforms(lives, aliases)


def _rows(path: Path) -> list[Row]:
    """Reads a code list."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
