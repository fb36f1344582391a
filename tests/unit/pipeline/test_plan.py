"""Which stages an operation has. Source: architecture 7.2."""

from typing import ClassVar

import pytest

from app.flow import Flow
from app.pipeline.plan import Plan, UnknownStage
from app.pipeline.stage import Proceed, Stage
from tests.support.flows import a_flow


class First:
    name: ClassVar[str] = "first"

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        flow.note(self.name)
        await proceed(flow)


class Second(First):
    name: ClassVar[str] = "second"


class Added(First):
    name: ClassVar[str] = "added"


def a_plan() -> Plan:
    both: tuple[Stage, ...] = (First(), Second())
    return Plan({"generate": both, "count": (First(),)})


def names(plan: Plan) -> dict[str, list[str]]:
    return {operation: [stage.name for stage in plan.stages_of(operation)] for operation in plan.operations}


async def test_an_operation_runs_its_stages_in_order() -> None:
    flow = a_flow()

    await a_plan().run_of("generate")(flow)

    assert [note.word for note in flow.notes] == ["first", "second"]


async def test_a_stage_is_inserted_behind_another_wherever_that_one_stands() -> None:
    plan = a_plan()

    inserted = plan.inserted(Added(), after="first")

    assert names(inserted) == {"generate": ["first", "added", "second"], "count": ["first", "added"]}
    assert names(plan) == {"generate": ["first", "second"], "count": ["first"]}
    flow = a_flow()
    await inserted.run_of("count")(flow)
    assert [note.word for note in flow.notes] == ["first", "added"]


def test_a_place_that_does_not_exist_is_an_error_at_the_start() -> None:
    with pytest.raises(UnknownStage, match="nowhere"):
        a_plan().inserted(Added(), after="nowhere")


def test_the_plan_can_be_printed() -> None:
    assert list(a_plan().lines()) == ["generate  first > second", "count     first"]
