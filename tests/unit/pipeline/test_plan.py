"""Which stages an operation has. Source: architecture 7.2."""

from typing import ClassVar

import pytest

from app.flow import Flow
from app.hooks.additions import AddedStage
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


class Further(First):
    name: ClassVar[str] = "further"


def added(*wishes: AddedStage) -> list[str]:
    return names(a_plan().with_stages(wishes))["generate"]


def test_stages_of_addons_stand_beside_any_other_and_in_the_order_of_the_addons() -> None:
    """architecture.md 7.2."""
    assert added(AddedStage(Added(), before="second")) == ["first", "added", "second"]
    assert added(AddedStage(Added(), after="first"), AddedStage(Further(), after="first")) == [
        "first",
        "added",
        "further",
        "second",
    ]
    assert added(AddedStage(Further(), after="added"), AddedStage(Added(), after="first")) == [
        "first",
        "added",
        "further",
        "second",
    ]


def test_a_circle_of_stages_and_a_name_that_is_taken_are_errors_at_the_start() -> None:
    with pytest.raises(UnknownStage, match="`added`, `further`"):
        added(AddedStage(Further(), before="added"), AddedStage(Added(), before="further"))
    with pytest.raises(UnknownStage, match="a stage `second` already"):
        added(AddedStage(Second(), after="first"))


def test_the_plan_tells_who_listens_where() -> None:
    """architecture.md 7.2: the effective order with the hooks between."""
    plan = Plan({"count": (Read(), First())})

    assert list(plan.described({"prompt_read": ("one", "two"), "flow_closed": ("log",)})) == [
        "count",
        "  read",
        "    prompt_read       one, two",
        "  first",
        "afterwards",
        "    attempt_ended     -",
        "    flow_closed       log",
        "accounts",
        "    pool_changed      -",
    ]


class Read(First):
    name: ClassVar[str] = "read"
