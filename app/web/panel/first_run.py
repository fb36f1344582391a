"""The way from an empty gateway to the first answered request, as a list with done marks."""

from typing import Final

from msgspec import Struct
from quart import Blueprint, Response, request

from app.admin.schemas.keys import KeyQuery
from app.admin.schemas.requests import RequestQuery
from app.web.admin.desks import Desks
from app.web.panel.frame import Frame

_COOKIE: Final = "first_run"
_YEAR_S: Final = 365 * 24 * 3600.0


class Step(Struct, frozen=True):
    """One thing to do, where, and whether it is done."""

    name: str
    path: str
    done: bool


def add_first_run(pages: Blueprint, frame: Frame) -> None:
    """Register the way to be rid of the list."""

    @pages.post("/first-run/dismiss")
    async def dismiss_first_run() -> Response:
        response = frame.to("/admin/")
        frame.set_cookie(response, _COOKIE, "off", max_age_s=_YEAR_S)
        return response


async def first_run(desks: Desks) -> list[Step]:
    """What is to do; nothing once all is done, or was dismissed."""
    if request.cookies.get(_COOKIE) == "off":
        return []
    answered = await _any(desks, "client")
    steps = [
        Step("account", "/admin/accounts/add", (await desks.accounts.all()).total > 0),
        Step("key", "/admin/keys/new", bool((await desks.keys.all(KeyQuery(state="active", limit=1))).keys)),
        Step("client", "/admin/keys", answered),
        Step("test", "/admin/playground", answered or await _any(desks, "playground")),
    ]
    return [] if all(step.done for step in steps) else steps


async def _any(desks: Desks, origin: str) -> bool:
    query = RequestQuery(result="ok", origin="playground" if origin == "playground" else "client", limit=1)
    return bool((await desks.requests.all(query)).requests)
