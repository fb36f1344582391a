"""The models on offer. Source: openai.md 11, anthropic.md 19."""

import json
from typing import Any

import pytest

from app.dialects.base import Params
from app.errors import UnknownModel
from app.flow import Caller, Flow
from app.ids import KeyId
from app.pipeline.stages.models import ListModels, ShowModel
from tests.support.flows import ANNA, CATALOG, a_new_flow, nothing

BOTH = pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])


def a_question(dialect: str, path_id: str = "", models: frozenset[str] | None = None) -> Flow:
    flow = a_new_flow(
        dialect,
        operation="get_model" if path_id else "list_models",
        params=Params(query={"limit": "1000"}, path_id=path_id),
    )
    flow.caller = Caller(KeyId("key-ben"), "ben", models) if models else ANNA
    return flow


async def told(flow: Flow) -> Any:
    stage = ShowModel(CATALOG) if flow.params.path_id else ListModels(CATALOG)
    await stage(flow, nothing)
    return json.loads(await flow.outbox.take())


@BOTH
async def test_every_offered_model_is_listed(dialect: str) -> None:
    listed = {model["id"] for model in (await told(a_question(dialect)))["data"]}

    assert "gemini-3-flash" in listed
    assert listed <= {profile.id for profile in CATALOG.offered()}


@BOTH
async def test_a_limited_key_sees_its_own_models(dialect: str) -> None:
    listed = await told(a_question(dialect, models=frozenset({"gemini-3-flash"})))

    assert [model["id"] for model in listed["data"]] == ["gemini-3-flash"]


@BOTH
async def test_one_model_is_shown(dialect: str) -> None:
    assert (await told(a_question(dialect, "gemini-3-flash")))["id"] == "gemini-3-flash"


async def test_a_model_that_nobody_offers_is_unknown() -> None:
    with pytest.raises(UnknownModel):
        await told(a_question("openai_chat", "never-heard-of"))
