"""A plugin of pytest for mutation testing: tables before laws, few examples a law, none made smaller.

A mutant that gets past so few examples is tried again with all of them: ``EXAMPLES=100`` in the environment.
"""

import os

from hypothesis import Phase, settings

MOST = int(os.environ.get("EXAMPLES", "6"))


def pytest_collection_modifyitems(items):
    """Each law with no more examples than MOST, after the tests that are none."""
    for item in items:
        law = settings_of(item)
        if law is not None:
            few = min(law.max_examples, MOST)
            item.obj._hypothesis_internal_use_settings = settings(
                law, max_examples=few, phases=[Phase.explicit, Phase.generate]
            )
    items.sort(key=lambda item: settings_of(item) is not None)


def settings_of(item):
    """A law's settings, None where it is no law."""
    return getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
