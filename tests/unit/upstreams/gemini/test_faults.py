"""Refusals of the upstream to errors with verdicts."""

import pytest

from app.errors import (
    ClientOutdated,
    ContextTooLong,
    GatewayError,
    ThoughtRejected,
    TimedOut,
    TooLarge,
    UpstreamBroken,
    UpstreamRefused,
)
from app.upstreams.gemini.faults import read_fault
from app.verdicts import Cool
from tests.support.refusals import NOW, body, claude, fault


def test_a_claude_prompt_that_is_too_long_keeps_its_exact_words() -> None:
    """anthropic.md 20.3, upstream.md 7.2 c: clients read the two numbers."""
    error = read_fault(400, {}, claude("prompt is too long: 200903 tokens > 200000 maximum"), NOW)

    assert isinstance(error, ContextTooLong)
    assert error.message == "prompt is too long: 200903 tokens > 200000 maximum"


def test_a_gemini_prompt_that_is_too_long_gets_the_same_words() -> None:
    """anthropic.md 20.3, upstream.md 7.2 e."""
    message = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."

    error = read_fault(400, {}, body(400, message, "INVALID_ARGUMENT"), NOW)

    assert isinstance(error, ContextTooLong)
    assert error.message == "prompt is too long: 1200000 tokens > 1048576 maximum"


def test_the_text_about_the_context_limit_is_kept_verbatim() -> None:
    """anthropic.md 20.3: clients read its three numbers and lower max_tokens."""
    message = (
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, "
        "decrease input length or `max_tokens` and try again"
    )

    error = read_fault(400, {}, claude(message), NOW)

    assert isinstance(error, UpstreamRefused)
    assert error.message == message


@pytest.mark.parametrize(
    "message",
    [
        "Function call is missing a thought_signature in functionCall parts. This is required for tools.",
        "Corrupted thought signature.",
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "messages.1.content.0.thinking.signature: Field required",
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
    ],
)
def test_complaints_about_thoughts_can_be_healed(message: str) -> None:
    """faults.md F014, anthropic.md 9.7."""
    for text in (claude(message), body(400, message, "INVALID_ARGUMENT")):
        error = read_fault(400, {}, text, NOW)

        assert isinstance(error, ThoughtRejected)
        assert error.verdict.cool is Cool.NOTHING
        assert error.message == message


def test_a_bad_request_is_quoted() -> None:
    """upstream.md 7.2 b, faults.md F013: no account is to blame and nobody tries again."""
    message = (
        'Invalid JSON payload received. Unknown name "exclusiveMinimum" at '
        "'request.tools[0].function_declarations[17].parameters.properties[2].value': Cannot find field."
    )

    error = fault(400, message, "INVALID_ARGUMENT")

    assert isinstance(error, UpstreamRefused)
    assert error.message == message
    assert error.verdict.switches == error.verdict.tries_here == 0


def test_type_names_of_the_protocol_are_no_hosts() -> None:
    """upstream.md 1."""
    message = "Invalid value at 'a' (type.googleapis.com/google.cloud.aiplatform.master.Schema), \"object\""

    assert fault(400, message, "INVALID_ARGUMENT").message == message


def test_a_missing_model_rests_on_this_account() -> None:
    """faults.md F020."""
    verdict = fault(404, "Requested entity was not found.", "NOT_FOUND").verdict

    assert (verdict.switches, verdict.next_host, verdict.cool, verdict.cool_s) == (1, True, Cool.MODEL, 600.0)


@pytest.mark.parametrize("status", [499, 500, 502, 503])
def test_plain_failures_are_tried_again(status: int) -> None:
    """faults.md F021."""
    error = fault(status, "Internal error encountered.", "INTERNAL")

    assert isinstance(error, UpstreamBroken)
    assert (error.verdict.tries_here, error.verdict.wait_s, error.verdict.unclear) == (1, 0.5, True)
    assert error.message == "The upstream failed."


@pytest.mark.parametrize("status", [408, 504])
def test_the_upstreams_own_time_limit_is_a_time_out(status: int) -> None:
    """faults.md F021, upstream.md 7.8."""
    error = fault(status, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED")

    assert isinstance(error, TimedOut)
    assert error.verdict.tries_here == 1


def test_an_unreadable_history_is_not_tried_again() -> None:
    """upstream.md 7.8."""
    error = fault(500, "Unknown Error.", "UNKNOWN")

    assert isinstance(error, UpstreamBroken)
    assert error.verdict.tries_here == error.verdict.switches == 0


def test_a_page_of_a_front_end_is_never_quoted() -> None:
    """faults.md F031."""
    error = read_fault(502, {}, b"<!DOCTYPE html><html><title>Error 502</title><p>secret</p></html>", NOW)

    assert isinstance(error, UpstreamBroken)
    assert error.message == "The upstream failed."


def test_a_request_that_is_too_large_is_the_callers() -> None:
    """faults.md F022."""
    assert isinstance(read_fault(413, {}, b"<html>413</html>", NOW), TooLarge)
    assert isinstance(read_fault(413, {}, body(413, "prompt is too long", ""), NOW), ContextTooLong)


def test_a_redirect_is_not_followed() -> None:
    """faults.md F035."""
    error = read_fault(302, {"location": "http://127.0.0.1/"}, b"", NOW)

    assert isinstance(error, UpstreamBroken)
    assert error.verdict.switches == 0


def test_a_version_notice_is_the_operators() -> None:
    """upstream.md 3.2 and 7.5."""
    message = (
        "This client is no longer supported for Gemini Code Assist for individuals. "
        "To continue using Gemini, please migrate to the Antigravity suite of products."
    )

    assert isinstance(fault(403, message, "PERMISSION_DENIED"), ClientOutdated)


@pytest.mark.parametrize(
    "status", [0, 200, 302, 400, 401, 402, 403, 404, 405, 411, 413, 429, 500, 503, 529, 599]
)
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"17",
        b'{"error":null}',
        b'{"error":"quota"}',
        b'{"error":{"message":{},"details":{},"code":"x"}}',
        b'{"error":{"details":[null,1,{"@type":5},{"@type":"a.Help","links":[1]}]}}',
        b"\xff\xfe",
        b"<html",
        b'{"error":{"message":"{\\"error\\":7}"}}',
    ],
)
def test_any_answer_is_some_error(status: int, text: bytes) -> None:
    """faults.md rule 20."""
    assert isinstance(read_fault(status, {}, text, NOW), GatewayError)


def test_the_three_numbers_are_kept_and_nothing_private_with_them() -> None:
    """faults.md rule 19."""
    said = "In projects/amber-river-1 input length and `max_tokens` exceed context limit: 10 + 20 > 25"

    error = read_fault(400, {}, body(400, said, "INVALID_ARGUMENT"), NOW)

    assert error.message == (
        "In projects/[project] input length and `max_tokens` exceed context limit: 10 + 20 > 25"
    )
