"""Asking a model from the panel: the form, its answer as it streams, the request as text for elsewhere.

A script takes the answer's bytes as they come (`x-playground: stream`); without one the whole answer stands
on the page. Never: another way to ask than the API's own.
"""

from base64 import b64encode
from json import dumps as spelled
from typing import Any, Final

from msgspec import Struct, structs
from quart import Blueprint, Response, g, request

from app.admin.api.composing import EFFORTS, Image, Wish, as_curl, as_python, composed
from app.admin.refusals import Refused
from app.admin.schemas.keys import KeyQuery
from app.admin.schemas.playground import PlaygroundBody
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.admin.playground import streamed
from app.web.panel.answers import Shown, shown
from app.web.panel.frame import Frame
from app.wire import json

_IMAGE_KINDS: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")
_MOST_CHOICES: Final = 100


class _Form(Struct, frozen=True, kw_only=True):
    """What was entered."""

    wish: Wish
    key: str = ""
    account: str = ""


class _Told(Struct, frozen=True, kw_only=True):
    """What the page says beside the form."""

    problem: Refused | None = None
    code: str = ""
    code_kind: str = ""
    answer: Shown | None = None


def add_playground(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register `/admin/playground`."""
    view = _View(frame, desks)

    @pages.get("/playground")
    async def playground() -> Response:
        entered = await view.asked_for(request.args.get("replay", ""))
        key = request.args.get("key", entered.key)
        return await view.page(structs.replace(entered, key=key), _Told())

    @pages.post("/playground")
    async def playground_ask() -> Response:
        """Send, or show as text."""
        entered = await _entered()
        by_script = request.headers.get("x-playground") == "stream"
        try:
            show = (await request.form).get("show", "")
            return await (view.text(entered, show) if show else view.sent(entered, by_script=by_script))
        except Refused as problem:
            if by_script:
                return _refusal(frame, problem)
            return await view.page(entered, _Told(problem=problem))


class _View:
    """The page with what it is filled from."""

    def __init__(self, frame: Frame, desks: Desks) -> None:
        self._frame = frame
        self._desks = desks

    async def asked_for(self, replay: str) -> _Form:
        """An empty form, or a recorded request as it was. Raises Refused."""
        choices = self._desks.playground.choices()
        if not replay:
            first = choices.models[0].id if choices.models else ""
            return _Form(wish=Wish(dialect=choices.dialects[0].id, model=first, turns=("",)))
        recorded = await self._desks.playground.recorded(replay)
        return _Form(wish=Wish(dialect=recorded.dialect, turns=("",), raw=_pretty(recorded.body)))

    async def sent(self, entered: _Form, *, by_script: bool) -> Response:
        """Ask. Raises Refused."""
        body = composed(entered.wish if by_script else structs.replace(entered.wish, stream=False))
        wanted = PlaygroundBody(
            dialect=entered.wish.dialect, body=body, key=entered.key or None, account=entered.account or None
        )
        answer = await self._desks.playground.begin(wanted, g.peer.address, actor())
        if by_script:
            return streamed(answer)
        try:
            whole = b"".join([part async for part in answer.parts()])
        finally:
            await answer.aclose()
        told = shown(answer.id, answer.status, whole)
        return await self.page(entered, _Told(answer=told))

    async def text(self, entered: _Form, kind: str) -> Response:
        """The request as text for elsewhere. Raises Refused."""
        wish, body = entered.wish, composed(entered.wish)
        if kind == "json":
            return await self.page(
                structs.replace(entered, wish=structs.replace(wish, raw=_pretty(body))), _Told()
            )
        base = self._frame.base_url()
        paths = {one.id: one.path for one in self._desks.playground.choices().dialects}
        if kind == "python":
            code = as_python(base, wish.dialect, body)
        else:
            code = as_curl(base, paths.get(wish.dialect, "/"), wish.dialect, body)
        return await self.page(entered, _Told(code=code, code_kind=kind))

    async def page(self, entered: _Form, told: _Told) -> Response:
        """The whole page."""
        keys = await self._desks.keys.all(KeyQuery(limit=_MOST_CHOICES))
        image = entered.wish.image
        words = self._frame.words()
        problem = told.problem
        return self._frame.page(
            "playground/playground.html",
            "playground",
            choices=self._desks.playground.choices(),
            keys=[key for key in keys.keys if key.state != "revoked"],
            accounts=self._desks.playground.accounts()[:_MOST_CHOICES],
            efforts=EFFORTS,
            entered=entered,
            image_data=f"data:{image.kind};base64,{image.data}" if image else "",
            told=told,
            where=problem.where if problem else "",
            problem=words.either(f"playground.{problem.code}", problem.message) if problem else "",
        )


async def _entered() -> _Form:
    """What the form holds."""
    form = await request.form
    most = form.get("max_tokens", "").strip()
    wish = Wish(
        dialect=form.get("dialect", ""),
        model=form.get("model", "").strip(),
        system=form.get("system", ""),
        turns=tuple(form.getlist("turn")) or ("",),
        effort=form.get("effort", ""),
        tools=form.get("tools", ""),
        image=await _image(form.get("image_data", "")),
        max_tokens=int(most) if most.isascii() and most.isdigit() and len(most) < 8 else None,
        stream="stream" in form,
        raw=form.get("raw", ""),
    )
    return _Form(wish=wish, key=form.get("key", ""), account=form.get("account", ""))


async def _image(kept: str) -> Image | None:
    """The picture that was chosen now, else the one that the page kept."""
    chosen = (await request.files).get("image")
    if chosen is not None and chosen.mimetype in _IMAGE_KINDS and (data := chosen.read()):
        return Image(chosen.mimetype, b64encode(data).decode())
    head, comma, data64 = kept.partition(";base64,")
    kind = head.removeprefix("data:")
    return Image(kind, data64) if comma and kind in _IMAGE_KINDS else None


def _refusal(frame: Frame, problem: Refused) -> Response:
    """For the script, which puts it beside the field."""
    text = frame.words().either(f"playground.{problem.code}", problem.message)
    told = json.encode({"code": problem.code, "message": text, "where": problem.where})
    return Response(told, 200, {"x-refused": "1"}, content_type="application/json")


def _pretty(body: dict[str, Any]) -> str:
    return spelled(body, indent=2, ensure_ascii=False)
