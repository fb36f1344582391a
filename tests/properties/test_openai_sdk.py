"""What OpenAI's own client makes of our bytes, over a transport that never leaves the process."""

from collections.abc import Callable, Iterator

import httpx2 as httpx
import openai
import pytest

from app.dialects.openai_chat.dialect import OpenAIChat
from app.errors import GatewayError, PoolExhausted, StreamCut, Unauthenticated, UnknownModel
from app.ir.parts import Text, Thought, ToolCall
from tests.support.chat import CREATED, a_prompt, written
from tests.support.events import an_answer, counted_ids, cut_after, events_of

DIALECT = OpenAIChat()


@pytest.fixture
def serve() -> Iterator[Callable[[httpx.Response], openai.OpenAI]]:
    """A client whose every request is answered with the given response."""
    made: list[openai.OpenAI] = []

    def client(response: httpx.Response) -> openai.OpenAI:
        transport = httpx.MockTransport(lambda request: response)
        made.append(
            openai.OpenAI(
                api_key="key",
                base_url="http://gateway.test/v1",
                max_retries=0,
                http_client=httpx.Client(transport=transport),
            )
        )
        return made[-1]

    yield client
    for each in made:
        each.close()


Serve = Callable[[httpx.Response], openai.OpenAI]


def streaming(body: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/event-stream; charset=utf-8"}, content=body)


def refusing(error: GatewayError) -> httpx.Response:
    headers = {"content-type": "application/json", **DIALECT.headers("req_1", 12)}
    return httpx.Response(DIALECT.status(error), headers=headers, content=DIALECT.refuse(error, "req_1"))


def test_a_stream_with_heartbeats_is_folded_by_the_client(serve: Serve) -> None:
    """openai.md 7.7, I1."""
    prompt = a_prompt(stream_options={"include_usage": True})
    answer = an_answer(Thought("hm"), Text("Paris is dry."), ToolCall("c1", "f", b'{"a":1}', "SIG"))
    heartbeat = DIALECT.writer(prompt, counted_ids(), CREATED).heartbeat()
    body = heartbeat + written(prompt, events_of(answer)).replace(b"\n\n", b"\n\n" + heartbeat, 3)

    with serve(streaming(body)).chat.completions.stream(
        model="a-model", messages=[{"role": "user", "content": "Hello"}]
    ) as stream:
        completion = stream.get_final_completion()

    (choice,) = completion.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "Paris is dry."
    assert choice.message.tool_calls is not None
    assert [(call.id, call.function.arguments) for call in choice.message.tool_calls] == [("c1", '{"a":1}')]
    assert choice.message.to_dict()["reasoning_content"] == "hm"
    assert completion.usage is not None
    assert completion.usage.total_tokens == 15


def test_an_error_within_a_stream_is_raised(serve: Serve) -> None:
    """openai.md 7.6."""
    events = cut_after(events_of(an_answer(Text("Hello"))), 3, StreamCut("The upstream broke off."))
    client = serve(streaming(written(a_prompt(), events)))
    said = []

    with pytest.raises(openai.APIError) as caught:
        for chunk in client.chat.completions.create(
            model="a-model", messages=[{"role": "user", "content": "Hello"}], stream=True
        ):
            said.append(chunk.choices[0].delta.content)  # noqa: PERF401 - what came before the error counts

    assert said == ["", "Hello"]
    assert caught.value.code == "upstream_stream_truncated"
    assert caught.value.message == "The upstream broke off."


def test_a_whole_answer_is_read(serve: Serve) -> None:
    """openai.md 8.1."""
    body = DIALECT.render(a_prompt(), an_answer(Text("Hi")), counted_ids(), CREATED)
    reply = httpx.Response(200, headers={"content-type": "application/json"}, content=body)

    completion = serve(reply).chat.completions.create(
        model="a-model", messages=[{"role": "user", "content": "Hello"}]
    )

    assert completion.choices[0].message.content == "Hi"
    assert completion.choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (UnknownModel("no-such"), openai.NotFoundError, "model_not_found"),
        (Unauthenticated("Wrong key."), openai.AuthenticationError, "invalid_api_key"),
        (PoolExhausted("At rest.", retry_after_s=3), openai.RateLimitError, "rate_limit_exceeded"),
        (PoolExhausted("At rest."), openai.RateLimitError, "insufficient_quota"),
    ],
)
def test_a_refusal_is_raised_with_its_code(
    serve: Serve, error: GatewayError, kind: type[openai.APIStatusError], code: str
) -> None:
    """openai.md 3, 4."""
    with pytest.raises(kind) as caught:
        serve(refusing(error)).models.list()

    assert caught.value.code == code
    assert caught.value.request_id == "req_1"
