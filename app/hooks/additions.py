"""What addons bring beside their hooks: stages, dialects, upstreams, jobs, admin views.

`load` of an addon is handed a Loader and says what it adds; the gateway takes it from there.
Never: puts anything in force.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from app.catalog.profile import ModelProfile
from app.dialects.base import Dialect
from app.hooks.stage import Stage
from app.jobs.scheduler import Job
from app.upstreams.base import Upstream


class AdminCall(Struct, frozen=True):
    """A request of an administrator to an addon's view. `query` holds the last value of each name."""

    method: str
    query: Mapping[str, str] = {}
    body: bytes = b""


AdminView: TypeAlias = Callable[[AdminCall], Awaitable[object]]
"""Answers an administrator: text as it is, anything else as JSON."""


class AddedStage(Struct, frozen=True):
    """A stage and its place: before or after the stage of that name, in every operation that has it."""

    stage: Stage
    before: str | None = None
    after: str | None = None


class AddedUpstream(Struct, frozen=True):
    """Who answers for further models. It needs no account of the pool and signs its calls itself."""

    upstream: Upstream
    models: tuple[ModelProfile, ...]


class AddedView(Struct, frozen=True):
    """An admin view at `/admin/addons/ADDON/PATH`."""

    addon: str
    path: str
    method: str
    view: AdminView

    @property
    def where(self) -> str:
        """The whole path."""
        return f"/admin/addons/{self.addon}/{self.path}"


class Additions(Struct):
    """Everything that one addon, or all together, bring."""

    stages: list[AddedStage] = []
    dialects: list[Dialect] = []
    upstreams: list[AddedUpstream] = []
    jobs: list[Job] = []
    views: list[AddedView] = []

    def plus(self, other: "Additions") -> "Additions":
        """Both together, in order."""
        return Additions(
            [*self.stages, *other.stages],
            [*self.dialects, *other.dialects],
            [*self.upstreams, *other.upstreams],
            [*self.jobs, *other.jobs],
            [*self.views, *other.views],
        )


class Loader:
    """What `load` of an addon is handed. Nothing that is added is in force before all addons are loaded."""

    def __init__(self, addon: str) -> None:
        self._addon = addon
        self.additions = Additions()

    def add_stage(self, stage: Stage, *, before: str | None = None, after: str | None = None) -> None:
        """Put a stage beside the one of that name. Name exactly one of `before` and `after`."""
        if (before is None) == (after is None):
            raise ValueError("a stage stands either before or after another one: say which")
        self.additions.stages.append(AddedStage(stage, before, after))

    def add_dialect(self, dialect: Dialect) -> None:
        """Speak a further client API. Its endpoints go before those of the shipped dialects."""
        self.additions.dialects.append(dialect)

    def add_upstream(self, upstream: Upstream, models: Sequence[ModelProfile]) -> None:
        """Have `models` answered by `upstream`. No account is lent for them."""
        self.additions.upstreams.append(AddedUpstream(upstream, tuple(models)))

    def add_job(self, job: Job) -> None:
        """Do something every few seconds for as long as the addon is loaded."""
        self.additions.jobs.append(job)

    def add_admin_view(self, path: str, view: AdminView, *, method: str = "GET") -> None:
        """Answer `/admin/addons/NAME/PATH`, for administrators only, while the addon is on."""
        if not path.strip("/"):
            raise ValueError("a view needs a path; the addon's own page is the panel's")
        self.additions.views.append(AddedView(self._addon, path.strip("/"), method.upper(), view))
