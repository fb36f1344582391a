from collections.abc import Callable

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from app.catalog.profile import ModelProfile
from app.errors import ThoughtRejected, UpstreamRefused
from app.flow import Flow
from app.ir.answer import unfold
from app.ir.parts import Blob, Text
from app.ir.prompt import Prompt, Thinking, ToolChoice, ToolSpec, WebSearch
from app.pipeline.filters import hide_thoughts
from app.pipeline.session import session_of
from app.pipeline.stages.sanitize_thinking import SanitizeThinking
from app.signatures import Mine, SignatureMemory
from tests.support.events import an_answer
from tests.support.shaping import (
    CLAUDE,
    GEMINI,
    GPT_OSS,
    TENANT,
    a_flow,
    a_memory,
    a_prompt,
    call,
    filtered,
    mine,
    model,
    result,
    teach,
    thought,
    user,
    words,
)

ROUND = (user("ls"), model(thought("a"), call("t1")), user(result("t1")))


class Downstream:
    """A `proceed` that keeps what it was given and can object to the first tries."""

    def __init__(self, *errors: UpstreamRefused, before: Callable[[Flow], None] | None = None) -> None:
        self.errors = list(errors)
        self.before = before
        self.prompts: list[Prompt] = []
        self.filters: list[int] = []

    async def __call__(self, flow: Flow) -> None:
        self.prompts.append(flow.asked)
        self.filters.append(len(flow.filters))
        flow.filters.append(lambda flow, attempt: hide_thoughts())
        if self.before:
            self.before(flow)
        if self.errors:
            raise self.errors.pop(0)


def rejected() -> ThoughtRejected:
    return ThoughtRejected("Invalid `signature` in `thinking` block")


async def sanitized(flow: Flow, memory: SignatureMemory | None = None) -> Prompt:
    downstream = Downstream()
    await SanitizeThinking(memory or a_memory())(flow, downstream)
    return downstream.prompts[-1]


def whose(flow: Flow) -> Mine:
    return mine(flow.model.family, session_of(flow.asked, TENANT))


async def test_a_lost_thought_switches_thinking_off_for_the_whole_request() -> None:
    """anthropic.md 9.4 (downgrade) and 9.8 (1)."""
    flow = a_flow(a_prompt(*ROUND, user("more"), model(thought("b", "S2"), "ok"), user("go")))

    with capture_logs() as logs:
        prompt = await sanitized(flow)

    assert prompt.thinking == Thinking("off", shown=False, settled=True)
    assert prompt.turns == (
        user("ls"),
        model(call("t1")),
        user(result("t1")),
        user("more"),
        model("ok"),
        user("go"),
    )
    assert words(flow) == ["thinking-downgraded"]
    assert [(log["event"], log["calls"], log["flow"]) for log in logs] == [
        ("thinking downgraded", ["t1"], "req_1")
    ]


async def test_a_remembered_thought_keeps_thinking_on() -> None:
    """anthropic.md 9.8 (2)."""
    flow, memory = a_flow(a_prompt(*ROUND)), a_memory()
    teach(memory, whose(flow), thought("a", "S1"), call("t1"))

    prompt = await sanitized(flow, memory)

    assert prompt.thinking == Thinking("on", 2048, settled=True)
    assert prompt.turns[1] == model(thought("a", "S1"), call("t1"))
    assert words(flow) == []


async def test_without_thinking_the_history_is_stripped_without_a_note() -> None:
    """anthropic.md 9.8 (10)."""
    turns = (user("x"), model(thought("a", "S"), "ok"), user("y"))
    flow = a_flow(a_prompt(*turns, thinking=Thinking("off")))

    prompt = await sanitized(flow)

    assert prompt.turns[1] == model("ok")
    assert words(flow) == []


async def test_the_limit_is_settled_with_the_thinking() -> None:
    """anthropic.md 7.1 and 8.2."""
    flow = a_flow(a_prompt(user("x"), max_tokens=128_000))

    prompt = await sanitized(flow)

    assert prompt.sampling.max_tokens == 64_000
    assert words(flow) == ["max-tokens-clamped"]


async def test_a_forced_tool_switches_thinking_off() -> None:
    """anthropic.md 8.1."""
    forced = structs.replace(
        a_prompt(user("x")), tools=(ToolSpec("ls"),), tool_choice=ToolChoice("any", ("ls",))
    )

    assert (await sanitized(a_flow(forced))).thinking.mode == "off"
    assert (await sanitized(a_flow(structs.replace(forced, tools=())))).thinking.mode == "on"


async def test_a_search_does_not_think() -> None:
    """anthropic.md 17."""
    searching = structs.replace(a_prompt(user("x")), search=WebSearch())

    assert (await sanitized(a_flow(searching, GEMINI))).thinking.mode == "off"


@pytest.mark.parametrize("profile", [CLAUDE, GEMINI, GPT_OSS], ids=lambda profile: profile.family)
async def test_an_answer_teaches_the_next_request(profile: ModelProfile) -> None:
    """anthropic.md 23, property 20."""
    memory = a_memory()
    first = a_flow(a_prompt(user("ls")), profile)
    await sanitized(first, memory)
    pieces = (thought("a", "S1"), Text("ok"), call("t1", signature="C1"))
    events = list(unfold(an_answer(*pieces)))
    first.filters.pop()
    assert filtered(first, events) == events

    second = a_flow(a_prompt(user("ls"), model("ok", call("t1")), user(result("t1"))), profile)
    prompt = await sanitized(second, memory)

    replayed = {
        "claude": model(thought("a", "S1"), "ok", call("t1", signature="C1")),
        "gemini": model("ok", call("t1", signature="C1")),
        "gpt_oss": model("ok", call("t1")),
    }
    assert prompt.turns[1] == replayed[profile.family]


async def test_a_refused_signature_is_healed_once() -> None:
    """anthropic.md 9.7, faults.md F014."""
    flow, memory = a_flow(a_prompt(*ROUND)), a_memory()
    teach(memory, whose(flow), thought("a", "S1"), call("t1"))
    downstream = Downstream(rejected())

    with capture_logs() as logs:
        await SanitizeThinking(memory)(flow, downstream)

    healed = downstream.prompts[1]
    assert healed.thinking.mode == "off"
    assert healed.turns == (user("ls"), model(call("t1")), user(result("t1")))
    assert words(flow) == ["thinking-stripped"]
    assert [log["event"] for log in logs] == ["thoughts refused by the upstream"]


async def test_healing_forgets_the_entries_that_were_used() -> None:
    """anthropic.md 9.7: evict."""
    flow, memory = a_flow(a_prompt(*ROUND)), a_memory()
    teach(memory, whose(flow), thought("a", "S1"), call("t1"))
    await SanitizeThinking(memory)(flow, Downstream(rejected()))

    assert memory.recall(whose(flow)).call("t1") is None


async def test_healing_starts_with_the_filters_it_had() -> None:
    downstream = Downstream(rejected())
    flow = a_flow(a_prompt(user("x"), model(thought("a", "S"), "ok"), user("y")))

    await SanitizeThinking(a_memory())(flow, downstream)

    assert downstream.filters == [1, 1]


async def test_gemini_heals_without_giving_up_thinking() -> None:
    """anthropic.md 9.7: sentinel on the first call, no thought parts."""
    flow, memory = a_flow(a_prompt(*ROUND), GEMINI), a_memory()
    teach(memory, whose(flow), call("t1", signature="C1"))
    downstream = Downstream(rejected())

    await SanitizeThinking(memory)(flow, downstream)

    first, second = downstream.prompts
    assert first.turns[1] == model(call("t1", signature="C1"))
    assert second.turns[1] == model(call("t1"))
    assert second.thinking.mode == "on"


async def test_healing_keeps_what_later_stages_made_of_the_files() -> None:
    ready = user(Blob("image/png", "QUJD"))
    downstream = Downstream(
        rejected(), before=lambda flow: setattr(flow, "prompt", structs.replace(flow.asked, turns=(ready,)))
    )

    await SanitizeThinking(a_memory())(a_flow(a_prompt(user(Blob("", "QUJ D")))), downstream)

    assert downstream.prompts[1].turns == (ready,)


async def test_a_second_refusal_is_the_callers() -> None:
    """anthropic.md 9.7."""
    flow = a_flow(a_prompt(user("x"), model(thought("a", "S"), "ok"), user("y")))
    downstream = Downstream(rejected(), rejected())

    with pytest.raises(ThoughtRejected):
        await SanitizeThinking(a_memory())(flow, downstream)

    assert len(downstream.prompts) == 2


async def test_nothing_is_tried_again_once_content_is_out() -> None:
    flow = a_flow(a_prompt(user("x"), model(thought("a", "S"), "ok"), user("y")))
    downstream = Downstream(rejected(), before=lambda flow: setattr(flow.outbox, "committed", True))

    with pytest.raises(ThoughtRejected):
        await SanitizeThinking(a_memory())(flow, downstream)

    assert len(downstream.prompts) == 1


async def test_a_request_in_which_nothing_can_be_stripped_is_not_sent_twice() -> None:
    flow = a_flow(a_prompt(user("x"), thinking=Thinking("off")))
    downstream = Downstream(rejected())

    with pytest.raises(ThoughtRejected):
        await SanitizeThinking(a_memory())(flow, downstream)

    assert len(downstream.prompts) == 1


async def test_other_refusals_pass() -> None:
    with pytest.raises(UpstreamRefused):
        await SanitizeThinking(a_memory())(a_flow(a_prompt(user("x"))), Downstream(UpstreamRefused("no")))
