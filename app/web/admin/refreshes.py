"""Runs over accounts."""

from quart import Blueprint
from quart_schema import validate_request, validate_response

from app.admin.api.jobs import RefreshDesk
from app.admin.schemas.refreshes import JobList, RefreshBody, RetryBody, RunDetail, RunList, RunView
from app.pool.refreshing import RunState
from app.web.admin.documents import may_clash
from app.web.admin.guard import actor


def add_refreshes(api: Blueprint, desk: RefreshDesk) -> None:
    @api.post("/refreshes")
    @validate_request(RefreshBody)
    @validate_response(RunView, 201)
    @may_clash
    async def begin_refresh(data: RefreshBody) -> tuple[RunView, int]:
        """Refresh accounts; over all of them it goes on with a run that is not over."""
        return await desk.begin(data, actor()), 201

    @api.get("/refreshes")
    @validate_response(RunList)
    async def list_refreshes() -> RunList:
        """List the newest runs."""
        return await desk.all()

    @api.get("/jobs")
    @validate_response(JobList)
    async def list_jobs() -> JobList:
        """List what the gateway does again and again."""
        return desk.standing()

    @api.get("/refreshes/<run>")
    @validate_response(RunDetail)
    async def show_refresh(run: str) -> RunDetail:
        """Show a run with its accounts."""
        return await desk.one(run)

    @api.post("/refreshes/<run>/pause")
    @validate_response(RunView)
    @may_clash
    async def pause_refresh(run: str) -> RunView:
        """Pause a run after what is under way."""
        return await desk.steer(run, RunState.PAUSED, actor())

    @api.post("/refreshes/<run>/resume")
    @validate_response(RunView)
    @may_clash
    async def resume_refresh(run: str) -> RunView:
        """Go on with a paused run."""
        return await desk.steer(run, RunState.RUNNING, actor())

    @api.post("/refreshes/<run>/cancel")
    @validate_response(RunView)
    @may_clash
    async def cancel_refresh(run: str) -> RunView:
        """Cancel a run."""
        return await desk.steer(run, RunState.CANCELLED, actor())

    @api.post("/refreshes/<run>/retry")
    @validate_request(RetryBody)
    @validate_response(RunView, 201)
    @may_clash
    async def retry_refresh(run: str, data: RetryBody) -> tuple[RunView, int]:
        """Ask once more about the accounts of a run that failed."""
        return await desk.retry(run, data, actor()), 201
