"""Is a school board's policy on employees' use of social media being kept, where not, and is it getting better?

Loading imports Polars and Narwhals alone; what needs more is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from norwalk_analytics.intake.loaded import District, Loaded
from norwalk_analytics.intake.loading import (
    load_audit_findings,
    load_district,
    load_exception_log,
    load_tool_registrations,
)
from norwalk_analytics.policy import UserError

if TYPE_CHECKING:
    from norwalk_analytics.board.exploring import interactive
    from norwalk_analytics.board.report import BoardReport
    from norwalk_analytics.intake.data_docs import write_data_docs
    from norwalk_analytics.intake.scanning import scan_district
    from norwalk_analytics.oversight.disclosure import internal, suppress
    from norwalk_analytics.oversight.durations import time_to_event, waits
    from norwalk_analytics.oversight.funnel import funnel_limits
    from norwalk_analytics.oversight.measures import cases, figures, measure, roll_forward
    from norwalk_analytics.oversight.reported import reported
    from norwalk_analytics.oversight.trends import control_limits
    from norwalk_analytics.sample import write_sample

LATER = {
    "BoardReport": "norwalk_analytics.board.report",
    "cases": "norwalk_analytics.oversight.measures",
    "control_limits": "norwalk_analytics.oversight.trends",
    "figures": "norwalk_analytics.oversight.measures",
    "funnel_limits": "norwalk_analytics.oversight.funnel",
    "interactive": "norwalk_analytics.board.exploring",
    "internal": "norwalk_analytics.oversight.disclosure",
    "measure": "norwalk_analytics.oversight.measures",
    "reported": "norwalk_analytics.oversight.reported",
    "roll_forward": "norwalk_analytics.oversight.measures",
    "scan_district": "norwalk_analytics.intake.scanning",
    "suppress": "norwalk_analytics.oversight.disclosure",
    "time_to_event": "norwalk_analytics.oversight.durations",
    "waits": "norwalk_analytics.oversight.durations",
    "write_data_docs": "norwalk_analytics.intake.data_docs",
    "write_sample": "norwalk_analytics.sample",
}

__all__ = [
    "BoardReport",
    "District",
    "Loaded",
    "UserError",
    "cases",
    "control_limits",
    "figures",
    "funnel_limits",
    "interactive",
    "internal",
    "load_audit_findings",
    "load_district",
    "load_exception_log",
    "load_tool_registrations",
    "measure",
    "reported",
    "roll_forward",
    "scan_district",
    "suppress",
    "time_to_event",
    "waits",
    "write_data_docs",
    "write_sample",
]


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for."""
    if name not in LATER:
        from norwalk_analytics.telling import did_you_mean

        message = f"norwalk_analytics has no {name}.{did_you_mean(name, __all__)}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(LATER[name]), name)


def __dir__() -> list[str]:
    """Every name, those too that are imported later."""
    return sorted({*globals(), *__all__})
