"""A made-up school district: the same seed gives the same bytes on any machine.

Nothing in it is about a real person, account or school; only the names of the
schools and platforms are those of the contract. It tells the stories of
`stories.py`, so that a report of it has something to find.
"""

from norwalk_analytics.sample.writing import write_sample

__all__ = ["write_sample"]
