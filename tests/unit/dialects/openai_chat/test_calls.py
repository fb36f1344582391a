"""Calls in history."""

import json

import msgspec
import pytest

from app.dialects.openai_chat import calls
from app.dialects.openai_chat.wire import ABSENT, WireCall, WireFunction
from app.errors import BadRequest
from app.ir.parts import ToolCall


def a_call(**members: object) -> WireCall:
    whole = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}, **members}
    return msgspec.json.decode(json.dumps(whole), type=WireCall)


@pytest.mark.parametrize(
    ("sent", "args"),
    [
        ('{"city":"Paris"}', b'{"city":"Paris"}'),
        (' {"n": 12345678901234567890.10} ', b'{"n": 12345678901234567890.10}'),
        ("", b"{}"),
        (" \n", b"{}"),
        ("null", b"{}"),
        ("[1, 2]", b'{"value":[1, 2]}'),
        ('"x"', b'{"value":"x"}'),
        ("3", b'{"value":3}'),
        ('{"city":', b'{"_raw_arguments":"{\\"city\\":"}'),
        ("{} {}", b'{"_raw_arguments":"{} {}"}'),
        ("[" * 100 + "]" * 100, b'{"_raw_arguments":"' + b"[" * 100 + b"]" * 100 + b'"}'),
    ],
)
def test_arguments_as_text_always_become_an_object(sent: str, args: bytes) -> None:
    """openai.md 5.2: never refused, never lost; faults.md F093."""
    assert calls.read_arguments(msgspec.Raw(json.dumps(sent).encode())) == args


@pytest.mark.parametrize(
    ("sent", "args"), [(b'{"a" : 1.0}', b'{"a" : 1.0}'), (b"null", b"{}"), (b"[1]", b'{"value":[1]}')]
)
def test_arguments_as_json_keep_their_bytes(sent: bytes, args: bytes) -> None:
    """openai.md, general rule 3."""
    assert calls.read_arguments(msgspec.Raw(sent)) == args


def test_absent_arguments_are_an_empty_object() -> None:
    """openai.md 5.2."""
    assert calls.read_arguments(ABSENT) == b"{}"


@pytest.mark.parametrize(
    "members",
    [
        {"extra_content": {"google": {"thought_signature": "SIG"}}},
        {"thought_signature": "SIG"},
        {"provider_specific_fields": {"thought_signature": "SIG"}},
        {"function": {"name": "f", "thought_signature": "SIG"}},
        {"function": {"name": "f", "provider_specific_fields": {"thought_signature": "SIG"}}},
        {"id": "call_1__thought__SIG"},
    ],
)
def test_a_signature_is_found_wherever_clients_put_it(members: dict[str, object]) -> None:
    """openai.md 6."""
    assert calls.read_call(a_call(**members), "c") == ToolCall("call_1", "f", b"{}", "SIG")


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"extra_content": "SIG"},
        {"extra_content": {"google": {"thought_signature": 5}}},
        {"thought_signature": "[undefined]"},
        {"thought_signature": ""},
        {"id": "call_1__thought__"},
    ],
)
def test_without_a_usable_signature_there_is_none(members: dict[str, object]) -> None:
    """openai.md 6."""
    assert calls.read_call(a_call(**members), "c") == ToolCall("call_1", "f", b"{}")


def test_a_freeform_call_becomes_one_with_an_input() -> None:
    """openai.md 5.2."""
    sent = a_call(type="custom", function=None, custom={"name": "patch", "input": "*** Begin"})

    assert calls.read_call(sent, "c") == ToolCall("call_1", "patch", b'{"input":"*** Begin"}')


def test_a_call_without_an_id_is_left_to_history_repair() -> None:
    """openai.md 5.2 step 3."""
    assert calls.read_call(a_call(id=None), "c").id == ""


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"function": None}, "c.function"),
        ({"function": {"arguments": "{}"}}, "c.function.name"),
        ({"custom": {"input": "x"}}, "c.custom.name"),
    ],
)
def test_a_call_of_nothing_is_refused(members: dict[str, object], where: str) -> None:
    """openai.md 4.1."""
    with pytest.raises(BadRequest) as caught:
        calls.read_call(a_call(**members), "c")

    assert (caught.value.where, caught.value.reason) == (where, "missing_required_parameter")


def test_a_legacy_call_gets_the_same_id_every_time() -> None:
    """openai.md 5.2."""
    first = calls.read_legacy_call(WireFunction("f"), 3, "m")
    again = calls.read_legacy_call(WireFunction("f"), 3, "m")
    later = calls.read_legacy_call(WireFunction("f"), 5, "m")

    assert first == again
    assert first.id != later.id
    assert first.id.startswith("call_")
    assert len(first.id) == 29
