"""Chat requests to read, and chat streams read back: as JSON, and as OpenAI's own SDK folds them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from app.dialects.base import Params
from app.dialects.openai_chat.dialect import ChatOptions, OpenAIChat
from app.ids import Ids
from app.ir.events import Event
from app.ir.prompt import Prompt
from tests.support.events import counted_ids

CREATED = 1_790_000_000


def a_body(*messages: object, **members: object) -> bytes:
    """A request with `messages`, or one short question, and other members."""
    said = list(messages) or [{"role": "user", "content": "Hello"}]
    return json.dumps({"model": "a-model", "messages": said, **members}).encode()


def a_prompt(*messages: object, **members: object) -> Prompt:
    """What the dialect makes of `a_body`."""
    return read(a_body(*messages, **members))


def read(body: bytes, headers: dict[str, str] | None = None, options: ChatOptions | None = None) -> Prompt:
    """What the dialect makes of a body."""
    dialect = OpenAIChat(options)
    return dialect.parse(dialect.endpoints[0], body, Params(headers=headers or {}))


def written(
    prompt: Prompt, events: Iterable[Event], options: ChatOptions | None = None, ids: Ids | None = None
) -> bytes:
    """The body of the stream for `events`."""
    writer = OpenAIChat(options).writer(prompt, ids or counted_ids(), CREATED)
    return b"".join(writer.feed(event) for event in events)


def data_of(stream: bytes) -> Iterator[str]:
    """The data of each event; fails on anything but single data lines and comments."""
    assert stream.endswith(b"\n\n")
    for frame in stream.decode().removesuffix("\n\n").split("\n\n"):
        assert "\n" not in frame
        if not frame.startswith(":"):
            assert frame.startswith("data: ")
            yield frame.removeprefix("data: ")


def chunks_of(stream: bytes) -> list[dict[str, Any]]:
    """The chunks of a stream, which must end in [DONE]."""
    *chunks, done = data_of(stream)
    assert done == "[DONE]"
    return [json.loads(chunk) for chunk in chunks]


def deltas_of(stream: bytes) -> list[dict[str, Any]]:
    """The deltas of the only choice, the empty one of the finish included."""
    return [chunk["choices"][0]["delta"] for chunk in chunks_of(stream) if chunk["choices"]]


def folded(stream: bytes) -> dict[str, Any]:
    """The completion that OpenAI's SDK accumulates from a stream."""
    state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    for chunk in chunks_of(stream):
        list(state.handle_chunk(ChatCompletionChunk.construct(**chunk)))
    whole: dict[str, Any] = state.current_completion_snapshot.model_dump(mode="json", warnings=False)
    return whole
