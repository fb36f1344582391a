from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

import pytest
from msgspec import structs

from app.catalog.profile import ModelProfile
from app.errors import BadRequest
from app.flow import Flow
from app.ids import Ids
from app.ir.answer import Piece, collect, unfold
from app.ir.parts import Text
from app.ir.prompt import OutputShape, Prompt, Thinking, ToolSpec
from app.pipeline.stages.convert import Convert
from app.upstreams.base import Call, Credential, Decoder, Discovery, Encoded
from tests.support.events import an_answer
from tests.support.shaping import CLAUDE, GEMINI, a_flow, a_prompt, filtered, thought, user, words


class Encoder:
    """As much of an upstream as `convert` asks for."""

    name: ClassVar[str] = "encoder"

    def __init__(self, *notes: str) -> None:
        self.notes = notes
        self.asked: list[tuple[Prompt, ModelProfile]] = []

    def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
        self.asked.append((prompt, profile))
        return Encoded(b"{}", notes=self.notes)

    def open(self, call: Call, credential: Credential) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise AssertionError

    def decoder(self, call: Call, ids: Ids) -> Decoder:
        raise AssertionError

    async def count(self, call: Call, credential: Credential) -> int:
        raise AssertionError

    async def discover(self, credential: Credential) -> Discovery:
        raise AssertionError


async def proceed(flow: Flow) -> None:
    assert flow.encoded is not None


async def converted(flow: Flow, encoder: Encoder | None = None) -> Flow:
    upstream = encoder or Encoder()
    await Convert(lambda profile: upstream)(flow, proceed)
    return flow


def settled(mode: Thinking, **changes: Any) -> Prompt:
    return structs.replace(a_prompt(user("x"), thinking=mode), **changes)


ON = Thinking("on", 2048, settled=True)
OFF = Thinking("off", shown=False, settled=True)
JSON = OutputShape("json")


async def test_the_prompt_is_encoded_once_for_its_model() -> None:
    encoder = Encoder()
    flow = await converted(a_flow(settled(ON)), encoder)

    assert encoder.asked == [(flow.asked, CLAUDE)]
    assert flow.prepared.body == b"{}"


async def test_the_upstream_is_chosen_by_the_model() -> None:
    claude, gemini = Encoder(), Encoder()
    stage = Convert(lambda profile: gemini if profile.family == "gemini" else claude)

    await stage(a_flow(settled(ON), GEMINI), proceed)

    assert (len(claude.asked), len(gemini.asked)) == (0, 1)


async def test_what_encoding_changed_is_noted() -> None:
    """anthropic.md 2.3."""
    flow = await converted(
        a_flow(settled(ON, notes=("blocks-dropped",))), Encoder("tools-dropped", "blocks-dropped")
    )

    assert words(flow) == ["blocks-dropped", "tools-dropped"]


async def test_the_session_is_set_unless_it_was_before() -> None:
    fresh = await converted(a_flow(settled(ON)))
    flow = a_flow(settled(ON))
    flow.session = "already"

    assert len(fresh.session) == 32
    assert (await converted(flow)).session == "already"


@pytest.mark.parametrize(
    ("prompt", "profile", "shown"),
    [
        (settled(ON), CLAUDE, [thought("hm"), Text("```json\n{}\n```")]),
        (settled(OFF), CLAUDE, [Text("```json\n{}\n```")]),
        (settled(structs.replace(ON, shown=False)), GEMINI, [Text("```json\n{}\n```")]),
        (settled(ON, output=JSON), CLAUDE, [thought("hm"), Text("{}")]),
        (settled(ON, output=JSON), GEMINI, [thought("hm"), Text("```json\n{}\n```")]),
        (settled(ON, output=JSON, tools=(ToolSpec("ls"),)), GEMINI, [thought("hm"), Text("{}")]),
        (settled(OFF, prefill="```json"), CLAUDE, [Text("\n{}\n```")]),
    ],
)
async def test_the_answer_is_filtered_as_the_request_demands(
    prompt: Prompt, profile: ModelProfile, shown: list[Piece]
) -> None:
    """anthropic.md 7.4, 7.5, 8.4; openai.md 5.6, 5.7."""
    flow = await converted(a_flow(prompt, profile))

    answer = collect(filtered(flow, list(unfold(an_answer(thought("hm"), Text("```json\n{}\n```"))))))

    assert list(answer.pieces) == shown


async def test_each_attempt_starts_with_fresh_filters() -> None:
    flow = await converted(a_flow(settled(OFF, prefill="{")))
    events = list(unfold(an_answer(Text('{"a"'))))

    assert filtered(flow, events) == filtered(flow, events) == list(unfold(an_answer(Text('"a"'))))


async def test_a_demand_that_cannot_be_met_is_the_callers() -> None:
    class Picky(Encoder):
        def encode(self, prompt: Prompt, profile: ModelProfile) -> Encoded:
            raise BadRequest("no", where="tools")

    with pytest.raises(BadRequest):
        await converted(a_flow(settled(ON)), Picky())
