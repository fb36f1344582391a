"""The prompt to the upstream's body, once, and the filters that its answer needs.

Source: anthropic.md 7.4, 7.5 and 8.4; openai.md 5.6 and 5.7.
Never: knowledge of the upstream's format, or anything that differs between attempts.
"""

from collections.abc import Callable, Iterator
from typing import ClassVar

from app.catalog.profile import ModelProfile
from app.flow import Attempt, EventFilter, FilterFactory, Flow
from app.pipeline.filters import hide_thoughts, strip_fence, strip_prefill
from app.pipeline.session import session_of
from app.pipeline.stage import Proceed
from app.upstreams.base import Upstream


class Convert:
    """Asks the upstream of the flow's model to encode. `upstream_for` chooses it by profile."""

    name: ClassVar[str] = "convert"

    def __init__(self, upstream_for: Callable[[ModelProfile], Upstream]) -> None:
        self._upstream_for = upstream_for

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        """Proceed with the encoded prompt."""
        flow.encoded = self._upstream_for(flow.model).encode(flow.asked, flow.model)
        flow.session = flow.session or session_of(flow.asked, flow.known_caller.key_id)
        for word in (*flow.asked.notes, *flow.encoded.notes):
            flow.note(word)
        flow.filters.extend(_filters(flow))
        await proceed(flow)


def _filters(flow: Flow) -> Iterator[FilterFactory]:
    asked = flow.asked
    if asked.thinking.mode == "off" or not asked.thinking.shown:
        yield _hide_thoughts
    if asked.prefill:
        yield _strip_prefill
    # Gemini without tools is held to JSON by the upstream itself; the others are only told.
    if asked.output.kind == "json" and (flow.model.family != "gemini" or asked.tools):
        yield _strip_fence


def _hide_thoughts(flow: Flow, attempt: Attempt) -> EventFilter:
    return hide_thoughts()


def _strip_prefill(flow: Flow, attempt: Attempt) -> EventFilter:
    return strip_prefill(flow.asked.prefill)


def _strip_fence(flow: Flow, attempt: Attempt) -> EventFilter:
    return strip_fence()
