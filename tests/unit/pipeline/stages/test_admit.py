"""May this caller have this model now. Source: openai.md 4.1, faults.md 3."""

import msgspec
import pytest

from app.catalog.catalog import Catalog
from app.errors import Forbidden, Overloaded, ShuttingDown, UnknownModel
from app.flow import Caller, Flow
from app.ids import KeyId
from app.ir.prompt import WebSearch
from app.pipeline.stages.admit import Admit, Floor
from tests.support.flows import CATALOG, a_flow, nothing


def a_limited_flow(*models: str) -> Flow:
    flow = a_flow(model="gemini-3-flash")
    flow.profile = None
    flow.caller = Caller(KeyId("key-ben"), "ben", frozenset(models) if models else None)
    return flow


async def admitted(flow: Flow, floor: Floor | None = None) -> Flow:
    await Admit(CATALOG, floor or Floor(0))(flow, nothing)
    return flow


async def test_the_model_is_looked_up_under_any_of_its_names() -> None:
    catalog = Catalog(operator_aliases={"ours": "claude-sonnet-4-6"})
    flow = a_limited_flow()
    flow.prompt = msgspec.structs.replace(flow.asked, model="ours")

    await Admit(catalog, Floor(0))(flow, nothing)

    assert flow.model == catalog.resolve("claude-sonnet-4-6")


async def test_a_model_that_nobody_offers_is_unknown() -> None:
    flow = a_limited_flow()
    flow.prompt = msgspec.structs.replace(flow.asked, model="never-heard-of")

    with pytest.raises(UnknownModel):
        await admitted(flow)


async def test_a_key_has_the_models_it_was_made_for() -> None:
    allowed = await admitted(a_limited_flow("gemini-3-flash"))

    assert allowed.model.id == "gemini-3-flash"
    with pytest.raises(Forbidden, match="`gemini-3-flash`") as caught:
        await admitted(a_limited_flow("claude-sonnet-4-6"))
    assert caught.value.where == "model"


async def test_a_request_that_only_searches_goes_to_the_model_that_can() -> None:
    """anthropic.md 17."""
    flow = a_limited_flow()
    flow.prompt = msgspec.structs.replace(flow.asked, search=WebSearch())

    assert (await admitted(flow)).model == CATALOG.search_model()


async def test_a_flow_is_inside_until_it_is_over_whatever_happens() -> None:
    floor = Floor(1)

    async def inside(flow: Flow) -> None:
        assert floor.inside == 1
        with pytest.raises(Overloaded) as caught:
            await admitted(a_limited_flow(), floor)
        assert caught.value.retry_after_s == 2
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Admit(CATALOG, floor)(a_limited_flow(), inside)

    assert floor.inside == 0


async def test_nobody_enters_a_gateway_that_drains() -> None:
    """faults.md F112."""
    floor = Floor(0)
    floor.draining = True

    with pytest.raises(ShuttingDown):
        await admitted(a_limited_flow(), floor)
