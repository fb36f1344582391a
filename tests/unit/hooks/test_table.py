"""The table of hooks. Source: architecture 8.5."""

from app.flow import Flow
from app.hooks.table import HookTable


async def noticing(flow: Flow) -> None:
    pass


def test_an_empty_table_costs_a_look_at_empty_tuples() -> None:
    assert not any(HookTable())


def test_a_change_is_a_new_table() -> None:
    before = HookTable()

    after = before._replace(flow_closed=(noticing,))

    assert before.flow_closed == ()
    assert after.flow_closed == (noticing,)
