import base64

import pytest
from msgspec import structs

from app.catalog.profile import Family
from app.ir.parts import Blob, Opaque, Part, Text, Thought
from app.ir.prompt import Turn
from app.pipeline.thoughts import (
    Cleaned,
    ReplayRules,
    call_digest,
    clean,
    message_digest,
    replay_rules,
    strip,
)
from app.signatures import SENTINEL, SignatureMemory
from tests.support.shaping import a_memory, call, mine, model, result, teach, thought, user

CLAUDE, GEMINI = mine("claude"), mine("gemini")
RULES = ReplayRules()
OPENAI = replay_rules("openai_chat")


def cleaned(
    *turns: Turn,
    memory: SignatureMemory | None = None,
    family: Family = "claude",
    rules: ReplayRules = RULES,
    thinking: bool = True,
) -> Cleaned:
    return clean(turns, (memory or a_memory()).recall(mine(family)), rules, thinking=thinking)


def tool_round(*parts: Part | str, call_id: str = "t1") -> tuple[Turn, ...]:
    return user("ls"), model(*parts), user(result(call_id))


# The worked examples of anthropic.md 9.8, by number.


def test_example_1_an_unsigned_thought_before_a_call_is_a_violation() -> None:
    """anthropic.md 9.8 (1), T4."""
    assert cleaned(*tool_round(thought("a"), call("t1"))).violations == ("t1",)


def test_example_2_the_signature_is_taken_from_memory() -> None:
    """anthropic.md 9.8 (2), T2."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1"))

    out = cleaned(*tool_round(thought("other words"), call("t1")), memory=memory)

    assert out.turns[1] == model(thought("a", "S1"), call("t1"))
    assert out.violations == ()


def test_example_3_a_dropped_thought_is_put_back_in_front() -> None:
    """anthropic.md 9.8 (3), T2."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), Text("ok"), call("t1"))

    out = cleaned(*tool_round("ok", call("t1")), memory=memory)

    assert out.turns[1] == model(thought("a", "S1"), "ok", call("t1"))


def test_example_4_a_call_that_never_had_a_thought_needs_none() -> None:
    """anthropic.md 9.8 (4), T3."""
    memory = a_memory()
    teach(memory, CLAUDE, call("t1"))

    out = cleaned(*tool_round(call("t1")), memory=memory)

    assert out == Cleaned(tool_round(call("t1")))


def test_example_5_one_lost_thought_of_two_is_a_violation() -> None:
    """anthropic.md 9.8 (5)."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1"))

    out = cleaned(*tool_round(call("t1")), model(call("t2")), user(result("t2")), memory=memory)

    assert out.violations == ("t2",)


def test_example_6_an_unsigned_thought_before_text_is_dropped() -> None:
    """anthropic.md 9.8 (6), T6."""
    assert cleaned(user("x"), model(thought("x"), "done")) == Cleaned((user("x"), model("done")))


def test_example_7_signed_thoughts_move_to_the_front_and_unsigned_ones_go() -> None:
    """anthropic.md 9.8 (7), T1."""
    out = cleaned(*tool_round("text", thought("p", "S"), call("t1"), thought("q")))

    assert out.turns[1] == model(thought("p", "S"), "text", call("t1"))
    assert out.violations == ()


def test_example_8_thoughts_of_another_family_are_strangers() -> None:
    """anthropic.md 9.8 (8)."""
    memory = a_memory()
    teach(memory, GEMINI, thought("a", "S1"), call("t1", signature="S2"))

    to_claude = cleaned(*tool_round(thought("a", "S1"), call("t1", signature="S2")), memory=memory)
    assert to_claude.violations == ("t1",)
    assert to_claude.turns[1] == model(call("t1"))

    other = a_memory()
    teach(other, CLAUDE, thought("a", "S1"), call("t1"))
    to_gemini = cleaned(*tool_round(thought("a", "S1"), call("t1")), memory=other, family="gemini")
    assert to_gemini == Cleaned(tool_round(call("t1")))


def test_example_9_a_public_signature_is_wrapped() -> None:
    """anthropic.md 9.8 (9)."""
    out = cleaned(*tool_round(thought("a", "EgMBAgM="), call("t1")))

    assert out.turns[1] == model(thought("a", "RWdNQkFnTT0="), call("t1"))


def test_example_10_without_thinking_every_thought_goes() -> None:
    """anthropic.md 9.8 (10) and 9.5."""
    out = cleaned(*tool_round(thought("a", "S"), call("t1", signature="C")), thinking=False)

    assert out == Cleaned(tool_round(call("t1")))


# The rest of the tables.


def test_a_blanked_thought_gets_its_text_back() -> None:
    """anthropic.md 9.4: signature present, text empty."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1"))

    blank = cleaned(user("x"), model(thought("", "S1"), "ok"), memory=memory)
    redacted = cleaned(user("x"), model(Thought("", "S1", redacted=True), "ok"), memory=memory)
    unknown = cleaned(user("x"), model(Thought("", "S9", redacted=True), "ok"), memory=memory)

    assert blank.turns[1] == redacted.turns[1] == model(thought("a", "S1"), "ok")
    assert unknown.turns[1] == model("ok")


def test_a_blank_thought_is_none() -> None:
    """upstream.md 5.6: thinking without text is refused."""
    assert cleaned(*tool_round(thought(" \n", "S"), call("t1"))).violations == ("t1",)


def test_a_thought_without_signature_is_known_by_its_text() -> None:
    """anthropic.md 9.4: K2."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"))

    assert cleaned(*tool_round(thought("a"), call("t9")), memory=memory).turns[1] == model(
        thought("a", "S1"), call("t9")
    )


def test_a_text_message_gets_its_thought_back() -> None:
    """anthropic.md 9.4, T5: K3."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), Text("done"))

    assert cleaned(user("x"), model("done"), memory=memory).turns[1] == model(thought("a", "S1"), "done")
    assert cleaned(user("x"), model("done!"), memory=memory).turns[1] == model("done!")


def test_a_call_that_looks_like_another_does_not_get_its_thought() -> None:
    """anthropic.md 23, property 22: a signature is used on the message that it was minted for."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), Text("ok"), call("t1"))

    assert cleaned(*tool_round("ok", call("renamed")), memory=memory).violations == ("renamed",)


def test_a_call_whose_id_a_client_made_illegal_is_known_by_the_one_it_was_delivered_under() -> None:
    """openai.md 5.2."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1"))
    renamed = structs.replace(call("call_0123"), origin="t1")

    assert cleaned(*tool_round(renamed, call_id="call_0123"), memory=memory).turns[1].parts[0] == thought(
        "a", "S1"
    )


def test_thoughts_of_several_messages_in_one_turn_come_in_the_order_of_the_calls() -> None:
    """anthropic.md 9.4, T2: all distinct entries, in the order of the ids."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1"), call("t2"))
    teach(memory, CLAUDE, thought("b", "S2"), call("t3"))

    out = cleaned(user("x"), model(call("t1"), call("t2"), call("t3")), memory=memory)

    assert out.turns[1].parts[:2] == (thought("a", "S1"), thought("b", "S2"))
    assert len(out.turns[1].parts) == 5


def test_a_thought_that_was_never_signed_is_a_violation() -> None:
    """anthropic.md 9.4, T4."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a"), call("t1"))

    assert cleaned(*tool_round(thought("a"), call("t1")), memory=memory).violations == ("t1",)


def test_a_claude_call_keeps_only_its_own_signature() -> None:
    """anthropic.md 9.4: function-call parts."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1", signature="C1"))
    teach(memory, GEMINI, call("g1", signature="G1"))

    def signature_of(given: str | None, call_id: str, rules: ReplayRules = RULES) -> str | None:
        out = cleaned(
            *tool_round(thought("a", "S1"), call(call_id, signature=given)), memory=memory, rules=rules
        )
        return out.turns[1].parts[-1].signature  # type: ignore[union-attr]  # the last part is the call

    assert signature_of(None, "t1") == "C1"
    assert signature_of("stranger", "t2") == "stranger"
    assert signature_of("stranger", "t2", OPENAI) is None
    assert signature_of("C1", "t2") == "C1"
    assert signature_of("G1", "t2") is None
    assert signature_of(SENTINEL, "t2") is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" S ", "S"),
        ("", None),
        ("claude#S", "S"),
        ("gemini#S", None),
        ("claude#", None),
        (SENTINEL, None),
        ("other#S", "other#S"),
    ],
)
def test_signatures_are_normalised(given: str, kept: str | None) -> None:
    """anthropic.md 9.3."""
    out = cleaned(user("x"), model(thought("a", given), "ok"))

    assert out.turns[1] == (model(thought("a", kept), "ok") if kept else model("ok"))


def test_a_known_signature_goes_out_exactly_as_it_came() -> None:
    """openai.md 6: never a re-encoded one."""
    exact = base64.b64encode(b"\xfb\xff\xfe?").decode()
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", exact))

    out = cleaned(
        user("x"), model(thought("a", exact.replace("+", "-").replace("/", "_")), "ok"), memory=memory
    )

    assert out.turns[1] == model(thought("a", exact), "ok")


def test_openai_clients_are_not_believed_about_signatures() -> None:
    """openai.md 6: text and signature both come from the store."""
    assert cleaned(user("x"), model(thought("a", "S"), "ok"), rules=OPENAI).turns[1] == model("ok")


def test_for_openai_only_the_open_tool_loop_counts() -> None:
    """openai.md 5.7, Claude and history."""
    old, new = tool_round(call("t1")), (user("and now?"), model(call("t2")), user(result("t2")))

    assert cleaned(*old, *new, rules=OPENAI).violations == ("t2",)
    assert cleaned(*old, user("and now?"), rules=OPENAI).violations == ()
    assert cleaned(*old, *new).violations == ("t1", "t2")
    assert cleaned(model(call("t1")), user(result("t1")), rules=OPENAI).violations == ("t1",)


def test_user_turns_hold_no_thoughts() -> None:
    """anthropic.md 5: in a user message, dropped."""
    for family in ("claude", "gemini", "gpt_oss"):
        assert cleaned(user(thought("a", "S"), "hi"), family=family).turns == (user("hi"),)


def test_a_gemini_call_gets_its_own_signature_back() -> None:
    """anthropic.md 9.6."""
    memory = a_memory()
    teach(memory, GEMINI, call("g1", args=b'{"a": 1}', signature="G1"), call("g2"))
    turn = model(call("g1", args=b'{"a":1}'), call("g2"))

    assert cleaned(user("x"), turn, memory=memory, family="gemini").turns[1] == model(
        call("g1", args=b'{"a":1}', signature="G1"), call("g2")
    )


def test_a_gemini_id_that_comes_again_for_another_call_is_not_confused() -> None:
    """openai.md 6: digest of name and arguments; anthropic.md property 22."""
    memory = a_memory()
    teach(memory, GEMINI, call("0", args=b'{"a": 1}', signature="G1"))

    out = cleaned(user("x"), model(call("0", args=b'{"a": 2}')), memory=memory, family="gemini")

    assert out.turns[1] == model(call("0", args=b'{"a": 2}'))


def test_a_gemini_signature_that_the_client_kept_is_used_if_it_is_known() -> None:
    """anthropic.md 9.6, openai.md 6."""
    memory = a_memory()
    teach(memory, GEMINI, call("g1", signature="G1"))

    known = cleaned(user("x"), model(call("new", signature="G1")), memory=memory, family="gemini")
    unknown = cleaned(user("x"), model(call("new", signature="G9")), memory=memory, family="gemini")
    sentinel = cleaned(user("x"), model(call("new", signature=SENTINEL)), memory=memory, family="gemini")

    assert known.turns[1] == model(call("new", signature="G1"))
    assert unknown.turns[1] == sentinel.turns[1] == model(call("new"))


def test_a_gemini_thought_is_replayed_only_if_it_was_signed_as_one_and_thinking_is_on() -> None:
    """anthropic.md 9.6, openai.md 6."""
    memory = a_memory()
    teach(memory, GEMINI, thought("a", "T1"), Text("b", "X1"), call("g1", signature="C1"))
    turns = (user("x"), model(thought("a", "T1"), thought("b", "X1"), thought("c"), thought("a"), "ok"))

    on = cleaned(*turns, memory=memory, family="gemini")
    off = cleaned(*turns, memory=memory, family="gemini", thinking=False)
    openai = cleaned(*turns, memory=memory, family="gemini", rules=OPENAI)

    assert on.turns[1] == model(thought("a", "T1"), thought("a", "T1"), "ok")
    assert off.turns[1] == openai.turns[1] == model("ok")


def test_a_gemini_text_keeps_only_a_signature_that_is_known() -> None:
    """openai.md 6: stored signature or none."""
    memory = a_memory()
    teach(memory, GEMINI, Text("b", "X1"))

    out = cleaned(user("x"), model(Text("b", "X1"), Text("c", "X9")), memory=memory, family="gemini")

    assert out.turns[1] == model(Text("b", "X1"), "c")


def test_gpt_oss_gets_neither_thoughts_nor_signatures() -> None:
    """anthropic.md 9.6, last line."""
    turns = tool_round(thought("a", "S"), Text("b", "X"), call("t1", signature="C"))

    assert cleaned(*turns, family="gpt_oss") == Cleaned(tool_round("b", call("t1")))


@pytest.mark.parametrize("family", ["claude", "gemini", "gpt_oss"])
def test_what_need_not_change_stays_the_same_object(family: Family) -> None:
    turns = (user("x", Blob("image/png", "QUJD")), model("ok", Opaque("anthropic", b"{}")), user("y"))

    out = clean(turns, a_memory().recall(mine(family)), RULES, thinking=True)

    assert all(a is b for a, b in zip(out.turns, turns, strict=True))


def test_stripping_leaves_nothing_signed() -> None:
    """anthropic.md 9.7."""
    turns = tool_round(thought("a", "S"), Text("b", "X"), call("t1", signature="C"))

    assert strip(turns) == tool_round("b", call("t1"))


def test_a_client_api_without_rules_of_its_own_is_trusted_least() -> None:
    assert not replay_rules("something_else").trusts_strangers


def test_calls_are_the_same_whatever_the_order_and_spacing_of_their_arguments() -> None:
    assert call_digest("f", b'{"a": 1, "b": [2]}') == call_digest("f", b'{"b":[2],"a":1}')
    assert call_digest("f", b'{"a":1}') != call_digest("g", b'{"a":1}')
    assert call_digest("f", b"not json") != call_digest("f", b"{}")


def test_a_message_without_visible_content_has_no_digest() -> None:
    assert message_digest(" \n", {}) == ""
    assert message_digest(" a ", {}) == message_digest("a", {})
