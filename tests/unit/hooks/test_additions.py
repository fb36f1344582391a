"""What addons bring beside their hooks."""

import pytest

from app.catalog.builtin import PROFILES
from app.hooks.additions import AdminCall, Loader
from tests.support.flows import DIALECTS, Act, ScriptedUpstream


async def idle(*_: object) -> None:
    pass


async def viewing(call: AdminCall) -> str:
    return call.method


class Job:
    every_s = 1.0

    async def run_once(self) -> None:
        pass


def test_a_loader_notes_what_it_is_told_in_order() -> None:
    paper, job, stage, upstream = Loader("mine"), Job(), Act(idle), ScriptedUpstream()

    paper.add_stage(stage, after="read")
    paper.add_job(job)
    paper.add_dialect(DIALECTS["anthropic"])
    paper.add_upstream(upstream, PROFILES[:1])
    paper.add_admin_view("/state/", viewing, method="post")

    both = paper.additions.plus(paper.additions)
    assert [one.stage for one in both.stages] == [stage, stage]
    assert both.jobs == [job, job]
    assert len(both.dialects) == 2
    assert both.upstreams[0].models == PROFILES[:1]
    assert (both.views[0].where, both.views[0].method) == ("/admin/addons/mine/state", "POST")


@pytest.mark.parametrize("where", [{}, {"before": "a", "after": "b"}])
def test_a_stage_has_exactly_one_neighbour(where: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="before or after"):
        Loader("mine").add_stage(Act(idle), **where)


@pytest.mark.parametrize("path", ["", "/"])
def test_a_view_has_a_path_of_its_own(path: str) -> None:
    """The address without one is the panel's page about the addon."""
    with pytest.raises(ValueError, match="needs a path"):
        Loader("mine").add_admin_view(path, viewing)
