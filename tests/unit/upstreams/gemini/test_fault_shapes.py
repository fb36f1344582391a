"""Errors in all the shapes they come in."""

import json

import pytest

from app.errors import (
    ModelMissing,
    QuotaExhausted,
    UpstreamRefused,
)
from app.upstreams.gemini.fault_shapes import read_shape
from app.upstreams.gemini.faults import read_fault
from tests.support.refusals import NOW, RETRY, body, claude, info


def test_a_captured_answer_is_rendered_as_here() -> None:
    """upstream.md 7.1: captured lengths; the rest of this file stands on this rendering."""
    assert len(body(500, "Internal error encountered.", "INTERNAL")) == 109
    assert len(body(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")) == 139
    assert len(body(400, "User location is not supported for the API use.", "FAILED_PRECONDITION")) == 140
    assert len(claude("prompt is too long: 200903 tokens > 200000 maximum")) == 282


def test_errors_nested_twice_are_unwrapped() -> None:
    """openai.md 4.2."""
    inner = {
        "error": {
            "code": 400,
            "message": claude("max_tokens: too small").decode(),
            "status": "INVALID_ARGUMENT",
        }
    }

    error = read_fault(400, {}, body(400, json.dumps(inner), "INVALID_ARGUMENT"), NOW)

    assert error.message == "max_tokens: too small"


@pytest.mark.parametrize("wrap", [b"[%s]", b" [ %s ] ", b"%s"])
def test_an_array_means_what_it_holds(wrap: bytes) -> None:
    """faults.md F029, upstream.md 7.1."""
    text = wrap % body(404, "Requested entity was not found.", "NOT_FOUND")

    assert isinstance(read_fault(404, {}, text, NOW), ModelMissing)


def test_stray_commas_between_details_do_no_harm() -> None:
    """upstream.md 7.1."""
    text = body(
        429, "x", "RESOURCE_EXHAUSTED", info("QUOTA_EXHAUSTED"), {"@type": RETRY, "retryDelay": "600s"}
    )

    error = read_fault(429, {}, text.replace(b"},", b"},,").replace(b"[", b"[,"), NOW)

    assert isinstance(error, QuotaExhausted)
    assert error.retry_after_s == 600.0


def test_broken_characters_do_not_hide_an_error() -> None:
    """faults.md F045."""
    text = body(404, "gone", "NOT_FOUND").replace(b"gone", b"g\xffne")

    assert isinstance(read_fault(404, {}, text, NOW), ModelMissing)
    assert isinstance(read_fault(400, {}, body(400, "no").replace(b"no", b"n\xff"), NOW), UpstreamRefused)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("unit", [b"<title", b"<title>", b"<", b", ", b"[ ", b"[,"])
def test_a_hostile_page_takes_linear_time(unit: bytes) -> None:
    """threats.md S37 and S43."""
    for head in (b"<", b"{", b""):
        assert read_shape(502, head + unit * (256 * 1024 // len(unit))).status == 502
