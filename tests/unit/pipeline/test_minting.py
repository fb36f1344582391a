import pytest

from app.errors import StreamCut
from app.ir.answer import unfold
from app.ir.events import (
    Close,
    Event,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
    ToolOpen,
)
from app.ir.parts import Blob, Text, Thought
from app.pipeline.minting import Minting
from app.pipeline.thoughts import call_digest, message_digest
from app.signatures import LONGEST, SignedThought
from tests.support.events import an_answer
from tests.support.shaping import a_memory, call, mine, teach, thought, watch

CLAUDE, GEMINI = mine("claude"), mine("gemini")


def test_events_pass_unchanged() -> None:
    answer = an_answer(thought("hm", "S1"), Text("ok"), Blob("image/png", "QUJD"), call("t1"))

    assert watch(a_memory(), CLAUDE, answer) == list(unfold(answer))


def test_a_call_is_known_by_the_time_its_close_comes_out() -> None:
    """anthropic.md 9.2: a fast client sends the next request at once."""
    memory = a_memory()
    minting = Minting(memory, CLAUDE)
    before_close: list[Event] = [
        ThoughtOpen(),
        ThoughtDelta("h"),
        ThoughtDelta("m"),
        Signed("S1"),
        Close(),
        ToolOpen("t1", "ls"),
    ]
    for event in before_close:
        minting(event)
    assert memory.recall(CLAUDE).call("t1") is None

    minting(Close())

    entry = memory.recall(CLAUDE).call("t1")
    assert entry is not None
    assert entry.signed == (SignedThought("hm", "S1"),)
    assert not entry.no_thinking


def test_thoughts_that_come_after_a_call_complete_its_entry() -> None:
    """anthropic.md 9.2: completed if a signature arrives later in the stream."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("a", "S1"), call("t1"), thought("b", "S2"), call("t2"))

    entry = memory.recall(CLAUDE).call("t1")

    assert entry is not None
    assert entry.signed == (SignedThought("a", "S1"), SignedThought("b", "S2"))


@pytest.mark.parametrize(
    "late", [Text("ok", "S1"), thought("", "S1")], ids=["on text", "on an empty thought"]
)
def test_a_late_claude_signature_goes_to_the_thought_before_it(late: Text | Thought) -> None:
    """anthropic.md 12."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("hm"), late, call("t1"))

    recall = memory.recall(CLAUDE)
    entry = recall.call("t1")
    assert entry is not None
    assert entry.signed == (SignedThought("hm", "S1"),)
    assert recall.thought("hm") == "S1"


def test_a_gemini_signature_belongs_to_the_part_it_is_on() -> None:
    """anthropic.md 9.2, K4; upstream.md 5.6."""
    memory = a_memory()
    teach(memory, GEMINI, thought("hm", "S1"), Text("ok", "S2"), call("t1", signature="S3"), call("t2"))

    recall = memory.recall(GEMINI)
    places = [origin.place for name in ("S1", "S2", "S3") if (origin := recall.origin(name))]
    first, second = recall.call("t1"), recall.call("t2")
    assert places == ["thought", "text", "call"]
    assert first is not None
    assert second is not None
    assert (first.call_signature, second.call_signature) == ("S3", None)


def test_a_call_without_any_thought_is_marked_as_such() -> None:
    """anthropic.md 9.2: no_thinking."""
    memory = a_memory()
    teach(memory, CLAUDE, Text("ok"), call("t1"))
    teach(memory, CLAUDE, call("t2", signature="S"))
    teach(memory, CLAUDE, thought("never signed"), call("t3"))

    recall = memory.recall(CLAUDE)
    marks = [entry.no_thinking for name in ("t1", "t2", "t3") if (entry := recall.call(name))]
    assert marks == [True, False, False]


def test_a_message_is_known_by_what_its_reader_saw() -> None:
    """anthropic.md 9.2, K3."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("hm", "S1"), Text("one "), Text("two\n"))

    entry = memory.recall(CLAUDE).message(message_digest("one two", {}))

    assert entry is not None
    assert entry.signed == (SignedThought("hm", "S1"),)


def test_an_answer_that_broke_off_keeps_what_was_complete() -> None:
    """anthropic.md 9.2."""
    memory = a_memory()
    minting = Minting(memory, CLAUDE)
    events: list[Event] = [*unfold(an_answer(thought("hm", "S1"), call("t1")))][:-1]
    events += [TextOpen(), TextDelta("half"), Fault(StreamCut("cut"))]
    for event in events:
        minting(event)

    recall = memory.recall(CLAUDE)
    assert recall.call("t1")
    assert recall.message(message_digest("half", {"t1": call_digest("ls", b"{}")})) is None


def test_a_monstrous_signature_is_not_kept() -> None:
    """anthropic.md 9.2: over 1 MiB."""
    memory = a_memory()
    teach(memory, CLAUDE, thought("hm", "S" * (LONGEST + 1)))

    assert memory.recall(CLAUDE).thought("hm") is None


def test_an_answer_of_plain_text_teaches_nothing() -> None:
    memory = a_memory()
    teach(memory, CLAUDE, Text("ok"))

    assert memory.size == 0


def test_a_close_without_a_block_is_overlooked() -> None:
    assert Minting(a_memory(), CLAUDE)(Close()) == (Close(),)
