"""A suite's expectation as it stands in a contract: is it of the shape that Great Expectations writes?"""

from __future__ import annotations

from typing import Any

from norwalk_analytics.policy import UserError

SEVERITIES = ("critical", "warning", "info")
TEXTS = ("rule", "field", "wrong", "remedy")


def check_expectation(raw: Any, file: str, number: int) -> None:
    """Refuse an expectation of the wrong shape in one sentence that says where it stands.

    Args:
        raw: one of a suite's ``expectations``.
        file: the suite's file.
        number: which of them it is, from 1.

    Raises:
        UserError: if a part is missing or of the wrong kind.

    Example:
        >>> check_expectation({"type": "expect_column_to_exist", "kwargs": {"column": "a"}}, "a.json", 1)
    """
    wrong = _wrong(raw)
    if wrong:
        message = f"{file}: expectation {number} can't be used: {wrong}. Nothing was loaded."
        raise UserError(message)


def _wrong(raw: Any) -> str:
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        return "it has no type"
    kwargs, meta = raw.get("kwargs"), raw.get("meta") or {}
    if not isinstance(kwargs, dict):
        return "its kwargs are no object"
    if raw.get("severity", "critical") not in SEVERITIES:
        return f"its severity is none of {', '.join(SEVERITIES)}"
    mostly = kwargs.get("mostly", 1)
    if mostly is not None and (isinstance(mostly, bool | str) or not _is_share(mostly)):
        return "its mostly is no number from 0 to 1"
    if not isinstance(meta, dict):
        return "its meta is no object"
    odd = next((name for name in TEXTS if not isinstance(meta.get(name, ""), str)), None)
    if odd:
        return f"the {odd} in its meta is no text"
    clause = meta.get("clause", [])
    if not isinstance(clause, list) or not all(isinstance(one, str) for one in clause):
        return "the clause in its meta is no list of clauses"
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        return "its min_value is above its max_value"
    odd = next(
        (name for name, one in kwargs.items() if isinstance(one, dict) and not _is_parameter(name, one)), None
    )
    return f"{odd} is neither a value nor a parameter" if odd else ""


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _is_parameter(name: str, value: dict[str, Any]) -> bool:
    """Whether an object among the arguments is a parameter; some arguments are objects by nature."""
    if name not in ("min_value", "max_value", "value_set", "value"):
        return True
    return set(value) == {"$PARAMETER"} and isinstance(value["$PARAMETER"], str)
