"""Models: who can serve each now and why not, other names, and who steps in for whom."""

from collections.abc import Mapping, Sequence

from quart import Blueprint, Response, request

from app.admin.api.models import ModelDesk
from app.admin.refusals import Refused
from app.admin.schemas.models import AliasesBody, AliasList, ResolveQuery
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel.forms import Mistake, entered, lines, shaped
from app.web.panel.frame import Frame, Notice
from app.web.panel.quota_bars import window_name

_AREA = "models"


def add_models(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of models."""
    _add_looking(pages, frame, desks.models)
    _add_names(pages, frame, desks.models)


def _add_looking(pages: Blueprint, frame: Frame, desk: ModelDesk) -> None:
    @pages.get("/models")
    async def models() -> Response:
        wanted = request.args.get("text", "").strip()
        found = [model for model in (await desk.all()).models if wanted.casefold() in model.id.casefold()]
        return frame.page("models/list.html", _AREA, models=found, text=wanted, window_name=window_name)

    @pages.get("/models/one/<path:name>")
    async def model(name: str) -> Response:
        shown = await desk.one(name)
        return frame.page(
            "models/detail.html", _AREA, model=shown, told=desk.explain(name), window_name=window_name
        )

    @pages.post("/models/one/<path:name>/<verb>")
    async def hide_model(name: str, verb: str) -> Response:
        if verb not in ("hide", "show"):
            raise Refused(404, "not_found", "There is no such page.")
        await desk.hide(name, actor(), hidden=verb == "hide")
        word = "models.was_hidden" if verb == "hide" else "models.was_shown"
        return frame.to("/admin/models", Notice("done", frame.words()(word, name=name)))


def _add_names(pages: Blueprint, frame: Frame, desk: ModelDesk) -> None:
    async def page(values: Mapping[str, Sequence[tuple[str, str]]], mistake: Mistake) -> Response:
        asked = request.args.get("model", "").strip()
        found = await _resolved(desk, asked, request.args.get("key", "").strip())
        return frame.page(
            "models/names.html",
            _AREA,
            400 if mistake.text else 200,
            values=values,
            names=await desk.aliases(),
            mistake=mistake,
            asked=asked,
            found=found,
        )

    @pages.get("/models/names")
    async def model_names() -> Response:
        return await page(_rows(await desk.aliases()), Mistake())

    @pages.post("/models/names")
    async def name_models() -> Response:
        """Save what was entered, or first move or drop a row of it."""
        values = await entered()
        rows = _moved(_entered_rows(values), values.get("do", ""))
        try:
            body = shaped(_said(rows), AliasesBody)
            await desk.set_aliases(body, actor())
        except Refused as error:
            return await page(rows, Mistake(error))
        return frame.to("/admin/models/names", Notice("done", frame.words()("models.names_saved")))


async def _resolved(desk: ModelDesk, asked: str, key: str) -> object:
    if not asked:
        return None
    query = shaped({"model": asked, "key": key or None}, ResolveQuery)
    return await desk.resolve(query.model, query.key)


_Rows = dict[str, list[tuple[str, str]]]


def _rows(names: AliasList) -> _Rows:
    """The rules as rows of two texts."""
    return {
        "aliases": [(rule.name, rule.target) for rule in names.aliases],
        "fallbacks": [(rule.model, ", ".join(rule.then)) for rule in names.fallbacks],
    }


def _entered_rows(values: Mapping[str, str]) -> _Rows:
    rows: _Rows = {}
    for kind in ("aliases", "fallbacks"):
        count = sum(name.startswith(f"{kind}-from-") for name in values)
        pairs = [
            (values.get(f"{kind}-from-{at}", ""), values.get(f"{kind}-to-{at}", "")) for at in range(count)
        ]
        rows[kind] = [pair for pair in pairs if any(pair)]
    return rows


def _moved(rows: _Rows, order: str) -> _Rows:
    """`up fallbacks 2` and the like; anything else leaves the rows as they are."""
    verb, _, rest = order.partition(" ")
    kind, _, place = rest.partition(" ")
    at = int(place) if place.isdigit() else -1
    row = rows.get(kind, [])
    if not 0 <= at < len(row):
        return rows
    if verb == "drop":
        del row[at]
    elif verb in ("up", "down") and 0 <= (to := at + (1 if verb == "down" else -1)) < len(row):
        row[at], row[to] = row[to], row[at]
    return rows


def _said(rows: _Rows) -> dict[str, object]:
    return {
        "aliases": [{"name": name, "target": target} for name, target in rows["aliases"]],
        "fallbacks": [{"model": model, "then": lines(then) or []} for model, then in rows["fallbacks"]],
    }
