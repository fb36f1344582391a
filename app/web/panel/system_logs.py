"""The audit log and the server log as pages. Never: a secret; both come without."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from quart import Blueprint, Response, request

from app.admin.api.system import SystemDesk
from app.admin.schemas.system import AuditQuery, LogQuery
from app.web.panel.forms import shaped
from app.web.panel.frame import Frame
from app.web.panel.settings import spoken

_AREA: Final = "system"
AREAS: Final = (
    *("account", "addon", "backup", "key", "playground"),
    *("refresh", "session", "setting"),
)
"""What actions begin with."""
LEVELS: Final = ("debug", "info", "warning", "error")
_LEFT_OUT: Final = frozenset({"stored_before"})


class Told(Struct, frozen=True):
    """One thing that an entry says: what it is, and what it was before where it has changed."""

    name: str
    text: str
    before: str | None = None


def add_audit(pages: Blueprint, frame: Frame, desk: SystemDesk) -> None:
    """Register `/admin/system/audit`."""
    frame.filters["told"] = told

    @pages.get("/system/audit")
    async def audit() -> Response:
        asked = {name: request.args.get(name, "").strip() for name in ("action", "subject", "cursor")}
        query = shaped({name: value for name, value in asked.items() if value}, AuditQuery)
        page = await desk.audit(query)
        return frame.page("system/audit.html", _AREA, page=page, query=query, areas=AREAS)


def add_log(pages: Blueprint, frame: Frame, desk: SystemDesk) -> None:
    """Register `/admin/system/log`."""

    @pages.get("/system/log")
    async def log() -> Response:
        asked = {name: value for name in ("level", "text") if (value := request.args.get(name, "").strip())}
        query = shaped(asked, LogQuery)
        return frame.page(
            "system/log.html",
            _AREA,
            lines=desk.log(query).lines,
            query=query,
            levels=LEVELS,
            is_paused=request.args.get("paused") == "1",
        )


def told(detail: Mapping[str, Any]) -> list[Told]:
    """What an entry of the audit log says, a change as before and after."""
    return list(_told(detail))


def _told(detail: Mapping[str, Any]) -> Iterator[Told]:
    old, new = detail.get("old"), detail.get("new")
    is_change = "old" in detail and "new" in detail
    if is_change and isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            yield Told(name, _spoken(new.get(name)), _spoken(old.get(name)))
    elif is_change:
        yield Told("", _spoken(new), _spoken(old))
    for name, value in detail.items():
        if name not in _LEFT_OUT and not (is_change and name in ("old", "new")):
            yield Told(name, _spoken(value))


def _spoken(value: Any) -> str:
    """A value in a line; what it says nothing of is left out."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={spoken(one)}" for name, one in value.items() if one is not None)
    return spoken(value)
