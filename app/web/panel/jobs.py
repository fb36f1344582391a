"""Jobs: runs over accounts, begun in a dialog, watched, steered, and what came of them."""

from typing import Any, Final

from quart import Blueprint, Response, request

from app.admin.refusals import Refused
from app.admin.schemas.accounts import AccountFilter
from app.admin.schemas.refreshes import RefreshBody, RetryBody
from app.pool.refreshing import Part, RunState
from app.web.admin.desks import Desks
from app.web.admin.guard import actor
from app.web.panel.accounts import wanted_of
from app.web.panel.forms import Mistake, shaped
from app.web.panel.frame import Frame, Notice, is_inside

_AREA: Final = "jobs"
_PACES: Final = (1, 2, 4, 8, 16, 32)
_USUAL: Final = 4
_OLD_S: Final = 3600.0
_VERBS: Final = {
    "pause": RunState.PAUSED,
    "resume": RunState.RUNNING,
    "cancel": RunState.CANCELLED,
}


def add_jobs(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    """Register the pages of jobs."""
    desk = desks.refreshes

    @pages.get("/jobs")
    async def jobs() -> Response:
        runs = (await desk.all()).refreshes
        return frame.page("jobs/list.html", _AREA, runs=runs, standing=desk.standing().jobs)

    @pages.get("/jobs/<run>")
    async def job(run: str) -> Response:
        told = await desk.summary(run)
        return frame.page("jobs/detail.html", _AREA, job=told.refresh, failures=told.failures)

    @pages.post("/jobs/<run>/<any(pause,resume,cancel):verb>")
    async def steer_job(run: str, verb: str) -> Response:
        await desk.steer(run, _VERBS[verb], actor())
        notice = Notice("done", frame.words()(f"jobs.did_{verb}"))
        return frame.to(frame.came_from() or f"/admin/jobs/{run}", notice)

    @pages.post("/jobs/<run>/retry")
    async def retry_job(run: str) -> Response:
        reason = (await request.form).get("reason")
        again = await desk.retry(run, shaped({"reason": reason}, RetryBody), actor())
        return frame.to(f"/admin/jobs/{again.id}", Notice("done", _begun(frame, again.total)))

    _add_beginning(pages, frame, desks)


def _add_beginning(pages: Blueprint, frame: Frame, desks: Desks) -> None:
    desk = desks.refreshes

    async def page(values: Any, mistake: Mistake) -> Response:
        wanted, ids = wanted_of(values), values.getlist("id")
        counts = _counts(desks, wanted, ids)
        which = values.get("which") or ("chosen" if ids else "filter" if wanted != AccountFilter() else "all")
        paces = {pace: await desk.estimate_s(counts.get(which, 0), pace) for pace in _PACES}
        return frame.page(
            "jobs/new.html",
            _AREA,
            400 if mistake.text else 200,
            counts=counts,
            which=which,
            ids=ids,
            wanted=wanted,
            parts=list(Part),
            chosen_parts=values.getlist("part") or [part.value for part in Part],
            paces=paces,
            parallel=values.get("parallel") or str(_USUAL),
            next=_next(values.get("next", "")),
            mistake=mistake,
        )

    @pages.get("/jobs/new")
    async def beginning_job() -> Response:
        return await page(request.args, Mistake())

    @pages.post("/jobs")
    async def begin_job() -> Response:
        form = await request.form
        said: dict[str, object] = {"parallel": form.get("parallel", ""), "parts": form.getlist("part")}
        match form.get("which"):
            case "chosen":
                said["accounts"] = form.getlist("id")
            case "filter":
                said["filter"] = wanted_of(form)
            case "older":
                said["older_than_s"] = _OLD_S
        try:
            begun = await desk.begin(shaped(said, RefreshBody), actor())
        except Refused as error:
            return await page(form, Mistake(error, frame.words().said))
        return frame.to(_next(form.get("next", "")), Notice("done", _begun(frame, begun.total)))


def _counts(desks: Desks, wanted: AccountFilter, ids: list[str]) -> dict[str, int]:
    """How many accounts each choice would be about; choices that nobody has made are left out."""
    choices = {"all": RefreshBody(), "older": RefreshBody(older_than_s=_OLD_S)}
    if wanted != AccountFilter():
        choices["filter"] = RefreshBody(filter=wanted)
    if ids:
        choices["chosen"] = RefreshBody(accounts=ids)
    return {name: desks.refreshes.count(body) for name, body in choices.items()}


def _begun(frame: Frame, total: int) -> str:
    return frame.words()("jobs.did_begin", n=total)


def _next(path: str) -> str:
    return path if is_inside(path) else "/admin/jobs"
