"""History whose thoughts the model will accept, and memory for the next request.

Settles whether and how much the model thinks, applies the decision tables to the turns, watches the answer
for signatures, and heals once when the upstream objects all the same.
Source: anthropic.md 8 and 9, openai.md 5.7 and 6, faults.md F014.
Never: spelling a wire format, or trying again once content has been sent.
"""

from typing import ClassVar, Final

import structlog
from msgspec import structs

from app.catalog.profile import Family
from app.catalog.thinking import Settled, settle, without_thinking
from app.errors import ThoughtRejected
from app.flow import Attempt, EventFilter, Flow
from app.ir.prompt import Prompt, Turn
from app.pipeline.minting import Minting
from app.pipeline.session import session_of
from app.pipeline.stage import Proceed
from app.pipeline.thoughts import clean, replay_rules, strip
from app.signatures import Mine, Recall, SignatureMemory

_SIGNING: Final[frozenset[Family]] = frozenset({"claude", "gemini"})
"""Families whose answers hold something to remember."""

_log = structlog.stdlib.get_logger(__name__)


class SanitizeThinking:
    """See the module's docstring. One for all flows."""

    name: ClassVar[str] = "sanitize_thinking"

    def __init__(self, memory: SignatureMemory) -> None:
        self._memory = memory

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        """Proceed with a clean history; once more, without any thought, if that is refused."""
        flow.session = flow.session or session_of(flow.asked, flow.known_caller.key_id)
        recall = self._memory.recall(Mine(flow.known_caller.key_id, flow.model.family, flow.session))
        settled = _settled(flow)
        self._clean(flow, recall, settled)
        if flow.model.family in _SIGNING:
            flow.filters.append(self._watch)
        filters_here = tuple(flow.filters)
        try:
            await proceed(flow)
        except ThoughtRejected:
            self._memory.evict(recall.used)
            if flow.outbox.committed or not _strip(flow, settled):
                raise
            flow.filters[:] = filters_here
            await proceed(flow)

    def _clean(self, flow: Flow, recall: Recall, settled: Settled) -> None:
        asked = flow.asked
        thinks = settled.thinking.mode == "on"
        cleaned = clean(asked.turns, recall, replay_rules(flow.dialect.name), thinking=thinks)
        turns = cleaned.turns
        if cleaned.violations:
            settled = without_thinking(settled, "thoughts of earlier tool calls are lost")
            turns = strip(asked.turns)
            _log.info("thinking downgraded", flow=flow.id, calls=list(cleaned.violations))
        for word, text in settled.notes:
            flow.note(word, text)
        flow.prompt = _shaped(asked, settled, turns)

    def _watch(self, flow: Flow, attempt: Attempt) -> EventFilter:
        return Minting(self._memory, Mine(flow.known_caller.key_id, flow.model.family, flow.session))


def _settled(flow: Flow) -> Settled:
    asked = flow.asked
    settled = settle(
        asked.thinking,
        flow.model,
        dialect=flow.dialect.name,
        max_tokens=asked.sampling.max_tokens,
        forced_tool=asked.tool_choice.mode == "any" and bool(asked.tools),
    )
    # A search answers from what it finds; thinking before it is not offered: anthropic.md 17.
    return without_thinking(settled, "") if asked.search is not None else settled


def _strip(flow: Flow, settled: Settled) -> bool:
    """Take every thought and signature out of the flow's prompt; False when that changes nothing.

    Claude may only think on with the thoughts it had; the other families need none.
    """
    before = flow.asked
    if flow.model.family == "claude":
        settled = without_thinking(settled, "")
    flow.prompt = _shaped(before, settled, strip(before.turns))
    if flow.prompt == before:
        return False
    flow.encoded = None
    flow.note("thinking-stripped", "the upstream refused the thoughts in the history")
    _log.warning("thoughts refused by the upstream", flow=flow.id, model=flow.model.id)
    return True


def _shaped(prompt: Prompt, settled: Settled, turns: tuple[Turn, ...]) -> Prompt:
    sampling = structs.replace(prompt.sampling, max_tokens=settled.max_tokens)
    return structs.replace(prompt, thinking=settled.thinking, sampling=sampling, turns=turns)
