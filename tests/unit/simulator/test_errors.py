import json
from random import Random

import pytest

from app.simulator.errors import TEMPLATES, ErrorFacts, capacity, proto_400, template


def facts(**changes: object) -> ErrorFacts:
    values: dict[str, object] = {"now": 1779899574.0, "rng": Random(1), **changes}
    return ErrorFacts(**values)  # type: ignore[arg-type]  # the keys are the members


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("500_internal", 109),
        ("429_plain", 139),
        ("400_location", 140),
        ("400_prompt_too_long", 282),
        ("400_prefill", 328),
    ],
)
def test_captured_errors_have_their_captured_length(name: str, length: int) -> None:
    """upstream.md 7.1: these lengths were seen on the wire."""
    assert len(template(name, facts()).body) == length


@pytest.mark.parametrize(
    ("model", "length"), [("gemini-3.1-pro-high", 419), ("claude-opus-4-6-thinking", 429)]
)
def test_the_capacity_error_has_its_captured_length_with_each_model(model: str, length: int) -> None:
    """upstream.md 7.1: the id occurs twice."""
    assert len(capacity(model).body) == length


def test_the_plain_429_is_these_bytes() -> None:
    """upstream.md 7.6 c."""
    assert template("429_plain", facts()).body == (
        b'{\n  "error": {\n    "code": 429,\n'
        b'    "message": "Resource has been exhausted (e.g. check quota).",\n'
        b'    "status": "RESOURCE_EXHAUSTED"\n  }\n}\n'
    )


def test_the_greater_sign_is_escaped() -> None:
    """upstream.md 7.2 c."""
    body = template("400_prompt_too_long", facts()).body

    assert b"200903 tokens \\u003e 200000 maximum" in body


def test_the_claude_error_travels_as_text_inside_of_the_message() -> None:
    """upstream.md 7.2 c."""
    error = json.loads(template("400_prefill", facts()).body)["error"]

    inner = json.loads(error["message"])
    assert inner["error"]["type"] == "invalid_request_error"
    assert inner["request_id"].startswith("req_vrtx_011C")
    assert len(inner["request_id"]) == len("req_vrtx_011C") + 20


def test_the_figures_of_a_quota_error_belong_together() -> None:
    """upstream.md 7.6 b: the values of a capture."""
    body = template("429_quota", facts(now=1779642847.0, delay_s=256527.791609974)).body
    error = json.loads(body)["error"]

    info, retry = error["details"]
    assert error["message"] == (
        "Individual quota reached. Contact your administrator to enable overages. Resets in 71h15m27s."
    )
    assert info["metadata"]["quotaResetDelay"] == "71h15m27.791609974s"
    assert retry["retryDelay"] == "256527.791609974s"


def test_a_short_rate_limit_tells_its_delay_in_milliseconds() -> None:
    """upstream.md 7.6 a."""
    text = template("429_rate", facts()).body.decode()

    assert '"quotaResetDelay": "479.417207ms"' in text
    assert '"retryDelay": "0.479417207s"' in text
    assert "Your quota will reset after 0s." in text


def test_all_violations_are_listed_and_joined() -> None:
    """upstream.md 7.2 b."""
    error = proto_400([("request", "one"), ("", "two")]).error

    assert error["message"] == "one\ntwo"
    assert error["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "request", "description": "one"}, {"description": "two"}],
        }
    ]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_can_be_rendered(name: str) -> None:
    """upstream.md 9.6: named templates."""
    reply = template(name, facts(model="claude-sonnet-4-6", delay_s=3.0))

    assert 200 <= reply.status < 600
    if reply.raw is None:
        assert json.loads(reply.body)["error"]["code"] == reply.status
