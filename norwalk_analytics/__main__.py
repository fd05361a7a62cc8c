"""``python -m norwalk_analytics``: the same as the command norwalk-analytics."""

from norwalk_analytics.cli import main

main()
