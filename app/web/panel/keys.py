"""Client keys: the list, one key, and its making, after which the key itself is shown this once."""

from quart import Blueprint, Response, request

from app.admin.api.keys import KeyDesk
from app.admin.refusals import Refused
from app.admin.schemas.keys import FreshKeyView, KeyBody, KeyPatch, KeyQuery, RotateBody
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel.forms import Mistake, entered, shaped
from app.web.panel.frame import Frame, Notice
from app.web.panel.key_form import of_key, of_preset, said
from app.web.panel.snippets import snippets

_AREA = "keys"
STATES = ("active", "paused", "expired", "revoked")


def add_keys(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of keys."""
    view = _View(frame, desks.keys)
    _add_looking(pages, view)
    _add_making(pages, view)
    _add_changing(pages, view)


class _View:
    """What the pages of keys share."""

    def __init__(self, frame: Frame, desk: KeyDesk) -> None:
        self.frame = frame
        self.desk = desk

    def form(self, values: dict[str, str], mistake: Mistake, *, key: str = "") -> Response:
        """The form of a new key, or of one that is there."""
        return self.frame.page(
            "keys/form.html",
            _AREA,
            400 if mistake.text else 200,
            values=values,
            mistake=mistake,
            key=key,
            presets=self.desk.presets(),
        )

    def fresh(self, made: FreshKeyView) -> Response:
        """The key itself. It is in no address and no cookie, and nobody keeps the page."""
        shown = snippets(self.frame.base_url(), made.secret)
        return self.frame.page("keys/fresh.html", _AREA, 201, made=made, snippets=shown)

    def back(self, key: str, word: str, name: str) -> Response:
        """To the page of a key that was changed."""
        return self.frame.to(f"/admin/keys/{key}", Notice("done", self.frame.words()(word, name=name)))


def _add_looking(pages: Blueprint, view: _View) -> None:
    @pages.get("/keys")
    async def keys() -> Response:
        asked = {name: request.args.get(name, "") for name in ("state", "text", "cursor")}
        query = shaped({name: value for name, value in asked.items() if value}, KeyQuery)
        listed = await view.desk.all(query)
        return view.frame.page("keys/list.html", _AREA, listed=listed, query=query, states=STATES)

    @pages.get("/keys/<key>")
    async def key(key: str) -> Response:
        return view.frame.page("keys/detail.html", _AREA, key=await view.desk.one(key))


def _add_making(pages: Blueprint, view: _View) -> None:
    @pages.get("/keys/new")
    async def new_key() -> Response:
        wanted = request.args.get("preset", "")
        presets = {preset.id: preset for preset in view.desk.presets()}
        values = of_preset(presets.get(wanted), view.frame.gateway.clock.now())
        return view.form(values, Mistake())

    @pages.post("/keys")
    async def make_key() -> Response:
        values = await entered()
        try:
            made = await view.desk.create(shaped(said(values), KeyBody), actor())
        except Refused as error:
            return view.form(values, Mistake(error))
        return view.fresh(made)

    @pages.get("/keys/<key>/rotate")
    async def rotating_key(key: str) -> Response:
        found = await view.desk.one(key)
        return view.frame.page("keys/rotate.html", _AREA, key=found, hours="24", mistake=Mistake())

    @pages.post("/keys/<key>/rotate")
    async def rotate_key(key: str) -> Response:
        hours = (await entered()).get("keep_old_hours", "")
        try:
            made = await view.desk.rotate(key, shaped({"keep_old_hours": hours}, RotateBody), actor())
        except Refused as error:
            found, mistake = await view.desk.one(key), Mistake(error)
            return view.frame.page("keys/rotate.html", _AREA, 400, key=found, hours=hours, mistake=mistake)
        return view.fresh(made)


def _add_changing(pages: Blueprint, view: _View) -> None:
    @pages.get("/keys/<key>/edit")
    async def editing_key(key: str) -> Response:
        return view.form(of_key(await view.desk.one(key)), Mistake(), key=key)

    @pages.post("/keys/<key>/edit")
    async def edit_key(key: str) -> Response:
        values = await entered()
        try:
            changed = await view.desk.update(key, shaped(said(values), KeyPatch), actor())
        except Refused as error:
            return view.form(values, Mistake(error), key=key)
        return view.back(key, "keys.changed", changed.name)

    @pages.post("/keys/<key>/pause")
    async def pause_key(key: str) -> Response:
        return view.back(key, "keys.was_paused", (await view.desk.pause(key, actor())).name)

    @pages.post("/keys/<key>/resume")
    async def resume_key(key: str) -> Response:
        return view.back(key, "keys.was_resumed", (await view.desk.resume(key, actor())).name)

    @pages.get("/keys/<key>/revoke")
    async def revoking_key(key: str) -> Response:
        return view.frame.page("keys/revoke.html", _AREA, key=await view.desk.one(key))

    @pages.post("/keys/<key>/revoke")
    async def revoke_key(key: str) -> Response:
        return view.back(key, "keys.was_revoked", (await view.desk.revoke(key, actor())).name)
