"""The form of a key: a key or a preset to texts, and texts to what the desk takes. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from app.admin.refusals import Refused
from app.admin.schemas.keys import KeyView, Preset
from app.allowance import UNLIMITED, Allowance
from app.web.panel.forms import lines

LIMITS = ("daily_tokens", "monthly_tokens", "requests_per_minute", "tokens_per_minute", "concurrent")


def of_preset(preset: Preset | None, now: float) -> dict[str, str]:
    """What the form of a new key starts with."""
    limits = UNLIMITED if preset is None else preset.limits
    days = None if preset is None else preset.days
    until = "" if days is None else _day(now + timedelta(days=days).total_seconds())
    return {"name": "", "note": "", "models": "", "addresses": "", "expires_on": until, **_texts(limits)}


def of_key(key: KeyView) -> dict[str, str]:
    """What the form of a key that is there starts with."""
    return {
        "name": key.name,
        "note": key.note,
        "models": "\n".join(key.models or ()),
        "addresses": "\n".join(key.addresses or ()),
        "expires_on": "" if key.expires_at is None else _day(key.expires_at - 1),
        **_texts(key.limits),
    }


def said(values: dict[str, str]) -> dict[str, object]:
    """What was entered, as the desk takes it. Raises Refused for a day that is none."""
    return {
        "name": values.get("name", ""),
        "note": values.get("note", ""),
        "models": lines(values.get("models", "")),
        "addresses": lines(values.get("addresses", "")),
        "expires_at": _end_of(values.get("expires_on", "")),
        "limits": {name: values[name].replace(" ", "") for name in LIMITS if values.get(name)},
    }


def _texts(limits: Allowance) -> dict[str, str]:
    found = {name: getattr(limits, name) for name in LIMITS}
    return {name: "" if most is None else str(most) for name, most in found.items()}


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _end_of(day: str) -> float | None:
    """The last instant of a day, as budgets count days: in UTC."""
    if not day:
        return None
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError) as exc:
        raise Refused(
            400, "invalid_request", "That is no day such as 2027-01-31.", where="expires_on"
        ) from exc
    return datetime.combine(after, time(), UTC).timestamp()
