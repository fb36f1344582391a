"""Names that the operator chose, and models that step in."""

from typing import Any

import pytest

from app.addons.model_alias import ModelAlias, Options
from app.errors import BadRequest, GatewayError, PoolExhausted, UnknownModel, UpstreamBroken, UpstreamRefused
from app.flow import Flow
from app.hooks.additions import Loader
from app.hooks.errors import BadOption
from app.hooks.stage import Stage
from tests.support.flows import a_flow


def an_alias(**options: Any) -> tuple[ModelAlias, Stage]:
    addon, paper = ModelAlias(), Loader("model_alias")
    addon.load(paper)
    addon.configure(Options(**options))
    return addon, paper.additions.stages[0].stage


@pytest.mark.parametrize(
    ("asked", "model"), [("fast", "gemini-3-flash"), ("gpt-5-mini", "gemini-2.5-flash"), ("other", "other")]
)
async def test_a_name_or_a_pattern_becomes_a_model(asked: str, model: str) -> None:
    addon, _ = an_alias(aliases={"fast": "gemini-3-flash", "gpt-*": "gemini-2.5-flash"})
    flow = a_flow()
    flow.prompt = flow.dialect.parse(flow.endpoint, _body(asked), flow.params)

    await addon.prompt_read(flow)

    assert flow.asked.model == model
    assert [note.word for note in flow.notes] == (["model-alias"] if asked != model else [])


class Models:
    """A rest of the pipeline in which some models fail."""

    def __init__(self, **errors: GatewayError) -> None:
        self.errors = {name.replace("_", "-"): error for name, error in errors.items()}
        self.asked: list[str] = []

    async def __call__(self, flow: Flow) -> None:
        self.asked.append(flow.asked.model)
        flow.filters.append(lambda flow, attempt: lambda event: (event,))
        if error := self.errors.get(flow.asked.model):
            raise error


FULL = PoolExhausted("Every account rests.")


async def test_models_step_in_until_one_answers() -> None:
    _, fall_back = an_alias(
        fallbacks={
            "gemini-3-flash": (
                "b",
                "c",
            )
        }
    )
    models, flow = Models(gemini_3_flash=FULL, b=UpstreamBroken("It broke.")), a_flow()

    await fall_back(flow, models)

    assert models.asked == ["gemini-3-flash", "b", "c"]
    assert len(flow.filters) == 1, "those of the models before are gone"
    assert {note.word for note in flow.notes} == {"model-fallback"}


async def test_when_none_answers_the_last_one_says_why() -> None:
    _, fall_back = an_alias(fallbacks={"gemini-3-flash": ("b",)})

    with pytest.raises(UnknownModel):
        await fall_back(a_flow(), Models(gemini_3_flash=FULL, b=UnknownModel("b")))


@pytest.mark.parametrize("error", [UpstreamRefused("Too hot."), BadRequest("No.")])
async def test_a_request_that_is_itself_to_blame_goes_to_no_other_model(error: GatewayError) -> None:
    _, fall_back = an_alias(fallbacks={"gemini-3-flash": ("b",)})
    models = Models(gemini_3_flash=error)

    with pytest.raises(type(error)):
        await fall_back(a_flow(), models)

    assert models.asked == ["gemini-3-flash"]


async def test_nobody_steps_in_after_something_was_sent() -> None:
    _, fall_back = an_alias(fallbacks={"gemini-3-flash": ("b",)})
    flow = a_flow()
    flow.outbox.put(b"Hel")

    with pytest.raises(PoolExhausted):
        await fall_back(flow, Models(gemini_3_flash=FULL))


async def test_a_chain_that_leads_back_is_refused() -> None:
    addon, _ = an_alias()

    assert not addon.active
    with pytest.raises(BadOption, match="`a` name a model twice"):
        addon.configure(Options(fallbacks={"a": ("b", "a")}))


def _body(model: str) -> bytes:
    return b'{"model": "%s", "messages": [{"role": "user", "content": "Hi"}]}' % model.encode()
