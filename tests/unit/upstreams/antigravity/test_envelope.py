import json
import uuid
from typing import Any

import pytest

from app.ids import AccountId
from app.upstreams.antigravity.envelope import request_id, session_id, wrap
from app.upstreams.base import Call, Credential, Encoded
from tests.support.antigravity import FLASH

CREDENTIAL = Credential(AccountId("anna"), "access-1", 'zinc-"cell"')


def a_call(body: bytes = b'{"contents":[]}', **values: Any) -> Call:
    given = {"request_id": "", "session": "hello", **values}
    return Call(encoded=Encoded(body=body, request_type="agent"), profile=FLASH, **given)


def test_an_envelope_holds_what_the_backend_wants() -> None:
    """upstream.md 3.3."""
    wrapped = json.loads(wrap(a_call(), CREDENTIAL, "agent-1"))

    assert wrapped == {
        "project": 'zinc-"cell"',
        "requestId": "agent-1",
        "request": {"contents": [], "sessionId": session_id("hello", "anna")},
        "model": "gemini-3-flash",
        "userAgent": "antigravity",
        "requestType": "agent",
    }


def test_the_encoded_prompt_stays_byte_for_byte_as_it_is() -> None:
    body = b'{"contents":[{"parts":[{"text":"a  b \\u00e9 \xc3\xa9"}]}],"x":1.0}'

    assert body[:-1] in wrap(a_call(body), CREDENTIAL, "agent-1")


def test_an_empty_prompt_and_a_missing_project_still_make_good_json() -> None:
    wrapped = json.loads(wrap(a_call(b"{}"), Credential(AccountId("anna"), "t"), "agent-1"))

    assert "project" not in wrapped
    assert list(wrapped["request"]) == ["sessionId"]


def test_a_session_is_the_number_of_the_test_vector() -> None:
    """upstream.md appendix B."""
    assert session_id("hello") == "-3238736544897475342"


def test_a_session_is_the_same_for_a_conversation_on_one_account_only() -> None:
    """upstream.md 3.5: salted with the account id."""
    assert session_id("talk", "anna") == session_id("talk", "anna")
    assert len({session_id("talk", "anna"), session_id("talk", "ben"), session_id("chat", "anna")}) == 3


@pytest.mark.parametrize("conversation", ["", "\ud800 broken", "x" * 100_000])
def test_any_conversation_makes_a_negative_number_of_63_bits(conversation: str) -> None:
    number = int(session_id(conversation, "anna"))

    assert -(2**63) < number <= 0


def test_without_a_conversation_each_attempt_is_its_own_session() -> None:
    one, two = (json.loads(wrap(a_call(session=""), CREDENTIAL, f"agent-{n}")) for n in (1, 2))

    assert one["request"]["sessionId"] != two["request"]["sessionId"]


def test_an_attempt_gets_an_id_of_its_own() -> None:
    """upstream.md 3.4."""
    fixed = uuid.UUID(int=7)

    assert request_id(a_call(request_id="req_abc"), lambda: fixed) == f"agent-{fixed}"
    assert request_id(a_call()) != request_id(a_call())


def test_an_id_in_the_upstreams_form_is_kept() -> None:
    assert request_id(a_call(request_id="agent-17")) == "agent-17"
