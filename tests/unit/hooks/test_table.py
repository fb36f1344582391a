"""The table of hooks. Source: architecture 8.5."""

import pytest

from app.errors import Forbidden
from app.flow import Flow
from app.hooks.member import member
from app.hooks.table import HookTable, compiled, listeners_of
from app.ir.events import Event, TextOpen
from tests.support.flows import a_flow


async def noticing(flow: Flow) -> None:
    pass


def test_an_empty_table_costs_a_look_at_empty_tuples() -> None:
    assert not any(HookTable())


def test_a_change_is_a_new_table() -> None:
    before = HookTable()

    after = before._replace(flow_closed=(noticing,))

    assert before.flow_closed == ()
    assert after.flow_closed == (noticing,)


class Listening:
    """Listens at two hooks."""

    tolerant = True

    def __init__(self, name: str, *, active: bool = True) -> None:
        self.name = name
        self.active = active

    async def prompt_read(self, flow: Flow) -> None:
        raise KeyError("a bug of an addon")

    def event(self, flow: Flow, event: Event) -> Event:
        raise Forbidden("No.")

    async def flow_closed(self, flow: Flow) -> None:
        flow.note(self.name)


async def test_compiling_puts_listeners_in_order_and_leaves_out_the_idle() -> None:
    members = [member(Listening("a")), member(Listening("b", active=False)), member(Listening("c"))]
    flow = a_flow()

    table = compiled(members)
    for hook in table.flow_closed:
        await hook(flow)

    assert [note.word for note in flow.notes] == ["a", "c"]
    assert table.caller_known == ()
    assert listeners_of(members)["prompt_read"] == ("a", "c")


async def test_a_tolerant_addon_may_still_refuse() -> None:
    table = compiled([member(Listening("a"))])

    await table.prompt_read[0](a_flow())
    with pytest.raises(Forbidden):
        table.event[0](a_flow(), TextOpen())
