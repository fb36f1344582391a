"""Histories that clients get wrong, and what becomes of them."""

from hashlib import sha256

import pytest

from app.ir.history import PLACEHOLDER, Wording, arrange, pair
from app.ir.parts import Blob, Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Turn
from tests.support.events import PIXEL

PICTURE = Blob("image/png", PIXEL)


def user(*parts: Part | str) -> Turn:
    return Turn("user", tuple(Text(part) if isinstance(part, str) else part for part in parts))


def model(*parts: Part | str) -> Turn:
    return Turn("model", tuple(Text(part) if isinstance(part, str) else part for part in parts))


def call(call_id: str, name: str = "Bash") -> ToolCall:
    return ToolCall(call_id, name)


def result(call_id: str, said: str = "done", name: str = "Bash") -> ToolResult:
    return ToolResult(call_id, name, (Text(said),))


def missing(call_id: str, name: str = "Bash") -> ToolResult:
    return ToolResult(call_id, name, (Text("No result was returned for this call."),), failed=True)


def hashed(call_id: str) -> str:
    return "call_" + sha256(call_id.encode()).hexdigest()[:24]


def test_a_history_without_fault_is_given_back_as_it_is() -> None:
    """anthropic.md 10.7."""
    history = (user("hi"), model("ok", call("a")), user(result("a"), "go on"))

    assert pair(history) is history


def test_neighbours_of_one_role_are_merged_and_empty_text_is_dropped() -> None:
    """anthropic.md 10.1, 10.4."""
    history = (user("a"), user("", "b"), model("c"), model(), model("d"), user(""))

    assert pair(history) == (user("a", "b"), model("c", "d"))


def test_results_that_are_spread_over_user_turns_are_collected_in_call_order() -> None:
    """anthropic.md 10.2, 10.6: on resume parallel results come in another order."""
    history = (user("hi"), model(call("a"), call("b")), user(result("b"), "text"), user(result("a")))

    assert pair(history) == (
        user("hi"),
        model(call("a"), call("b")),
        user(result("a"), result("b"), "text"),
    )


def test_a_late_result_moves_up_and_what_was_between_comes_after_it() -> None:
    """openai.md 5.2 step 3."""
    history = (user("hi"), model(call("a")), user("wait"), model("x"), user(result("a")), model("y"))

    assert pair(history) == (user("hi"), model(call("a")), user(result("a"), "wait"), model("x", "y"))


def test_a_call_without_result_gets_one_that_says_so() -> None:
    """anthropic.md 10.2, openai.md 5.2 step 3."""
    history = (user("hi"), model(call("a"), call("b", "Read")), user(result("a"), "and now?"))

    assert pair(history)[-1] == user(result("a"), missing("b", "Read"), "and now?")


def test_a_conversation_that_ends_with_a_call_gets_a_user_turn() -> None:
    """anthropic.md 10.2."""
    assert pair((user("hi"), model(call("a")))) == (user("hi"), model(call("a")), user(missing("a")))


def test_a_result_without_its_call_becomes_text_and_keeps_its_pictures() -> None:
    """anthropic.md 10.3, openai.md 5.2 step 3."""
    stray = ToolResult("z", "", (Text("one"), PICTURE, Text("two")))

    assert pair((user(stray, "hi"),)) == (user("[tool result z]\none\ntwo", PICTURE, "hi"),)
    assert pair((user(ToolResult("z", "Read", ())),)) == (user("[tool result Read]"),)
    assert pair((user(ToolResult("", "", ())),)) == (user("[tool result ?]"),)


def test_a_result_that_comes_before_its_call_does_not_belong_to_it() -> None:
    """anthropic.md 10.3."""
    history = (user(result("a", "early", name="")), model(call("a")))

    assert pair(history) == (user("[tool result a]\nearly"), model(call("a")), user(missing("a")))


def test_of_two_results_for_one_call_the_first_counts() -> None:
    """anthropic.md 10.3, openai.md 5.2 step 3."""
    history = (user("hi"), model(call("a")), user(result("a", "first"), result("a", "second")))

    assert pair(history)[-1] == user(result("a", "first"))


def test_the_name_of_a_result_is_that_of_its_call() -> None:
    """anthropic.md 5.2, openai.md 5.2."""
    history = (user("hi"), model(call("a", "Read")), user(result("a", name="other")))

    assert pair(history)[-1] == user(result("a", name="Read"))


def test_equal_ids_in_different_turns_are_paired_by_position_under_ids_of_their_own() -> None:
    """anthropic.md 10.3, openai.md 5.2 step 3."""
    history = (
        user("hi"),
        model(call("a")),
        user(result("a", "first")),
        model(call("a")),
        user(result("a", "second")),
    )

    fresh = hashed("a")
    assert pair(history) == (
        user("hi"),
        model(call("a")),
        user(result("a", "first")),
        model(call(fresh)),
        user(result(fresh, "second")),
    )


def test_an_earlier_call_of_the_same_id_does_not_take_a_later_ones_result() -> None:
    """anthropic.md 10.3."""
    history = (user("hi"), model(call("a")), user("no"), model(call("a")), user(result("a")))

    paired = pair(history)

    assert paired[2] == user(missing("a"), "no")
    assert paired[4] == user(result(hashed("a")))


def test_calls_without_id_are_answered_in_order_under_made_up_ids() -> None:
    """openai.md 5.2 step 3."""
    history = (user("hi"), model(call(""), call("")), user(result("", "one"), result("", "two")))

    _, asked, answered = pair(history)

    ids = [part.id for part in asked.parts if isinstance(part, ToolCall)]
    assert len(set(ids)) == 2
    assert answered == user(result(ids[0], "one"), result(ids[1], "two"))
    assert pair(history) == pair(history)


def test_a_third_call_of_one_id_gets_a_third_id() -> None:
    """openai.md 5.2 step 3."""
    paired = pair((user("hi"), model(call("a"), call("a"), call("a"))))

    assert len({part.id for part in paired[1].parts if isinstance(part, ToolCall)}) == 3


@pytest.mark.parametrize(
    ("illegal", "origin"),
    [
        ("call_1\nfc_2", "call_1"),
        ("call_1|fc_2", "call_1"),
        ("toolu_1::aGk=", "toolu_1"),
        ("functions.search:0", "functions.search:0"),
        ("|x", None),
        ("x" * 65, "x" * 65),
    ],
)
def test_an_illegal_id_is_replaced_on_both_sides_and_remembers_the_upstreams(
    illegal: str, origin: str | None
) -> None:
    """openai.md 5.2 step 3."""
    history = (user("hi"), model(ToolCall(illegal, "Bash")), user(result(illegal)))

    assert pair(history) == (
        user("hi"),
        model(ToolCall(hashed(illegal), "Bash", origin=origin)),
        user(result(hashed(illegal))),
    )


def test_a_call_in_a_user_turn_and_a_result_in_a_model_turn_are_heard_from_the_right_side() -> None:
    """anthropic.md 10.2: the pairing does not trust roles."""
    history = (user("hi", call("a")), model(result("a"), "ok"))

    assert pair(history) == (user("hi"), model(call("a")), user(result("a")), model("ok"))


def test_a_model_that_speaks_first_gets_an_opening() -> None:
    """openai.md 5.2 step 4."""
    assert pair((model("hello"),)) == (user("Continue."), model("hello"))
    assert pair((model("hello"),), Wording(opening="Go.")) == (user("Go."), model("hello"))
    assert pair(()) == ()


@pytest.mark.parametrize(
    "history",
    [
        (user("a"), model("b"), model("c")),
        (user("a", ""),),
        (user("a"), model(call("x y")), user(result("x y"))),
        (user("a"), model(call("x")), user("b", result("x"))),
        (user(call("x")),),
    ],
    ids=["merge", "empty", "illegal", "order", "side"],
)
def test_what_is_not_in_order_is_noticed(history: tuple[Turn, ...]) -> None:
    """anthropic.md 10.7: mended, and the caller's own turns stay as they were."""
    paired = pair(history)

    assert paired != history
    assert pair(paired) is paired


def test_parts_of_a_model_turn_are_put_into_wire_order() -> None:
    """anthropic.md 10.6: stable inside each group."""
    turn = model("a", call("x"), Thought("p"), "b", PICTURE, Thought("q"), call("y"))

    arranged = arrange((user("hi"), turn, user(result("x"), result("y"))))

    assert arranged[1] == model(Thought("p"), Thought("q"), "a", "b", PICTURE, call("x"), call("y"))


def test_results_lead_a_user_turn_in_the_order_of_the_calls() -> None:
    """anthropic.md 10.6: text beside a result is never lost."""
    turns = (user("hi"), model(call("x"), call("y")), user("note", result("y"), PICTURE, result("x")))

    assert arrange(turns)[-1] == user(result("x"), result("y"), "note", PICTURE)


def test_what_sanitizing_emptied_goes_and_its_neighbours_merge() -> None:
    """anthropic.md 10.5."""
    assert arrange((user("a"), model(), user("b"), model(" \n"), user("c"))) == (user("a", "b", "c"),)


def test_signed_text_stays_even_when_it_is_blank() -> None:
    """upstream.md 5: a signature on a text part has to come back."""
    signed = Text("", "sig")

    assert arrange((user("a"), model(signed))) == (user("a"), model(signed))
    assert pair((user("a"), model(signed), user(""))) == (user("a"), model(signed))


def test_there_is_always_a_first_user_turn() -> None:
    """anthropic.md 10.5."""
    assert arrange(()) == (user(PLACEHOLDER),)
    assert arrange((model("a"),)) == (user(PLACEHOLDER), model("a"))
    assert arrange(arrange(())) == arrange(())
