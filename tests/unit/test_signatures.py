import base64

import pytest

from app.signatures import (
    Entry,
    Mine,
    Origin,
    Recall,
    SignatureMemory,
    SignedThought,
    StoredEntry,
    call_key,
    message_key,
    signature_key,
    thought_key,
    wrap_public,
)
from tests.support.clock import ManualClock

ANNA = Mine("anna", "claude", "session-1")
DAY = 86_400.0


class Shelf:
    """A sink that remembers what it was given."""

    def __init__(self) -> None:
        self.saved: list[StoredEntry] = []

    def save(self, entries: list[StoredEntry]) -> None:
        self.saved.extend(entries)


def an_entry(text: str = "hm", signature: str | None = "S1") -> Entry:
    return Entry("claude", (SignedThought(text, signature),), call="digest")


def memory_with_a_call(clock: ManualClock, shelf: Shelf | None = None, limit: int = 100) -> SignatureMemory:
    memory = SignatureMemory(limit, DAY, now=clock.now, sink=shelf)
    memory.learn([(call_key(ANNA, "t1"), an_entry())])
    return memory


def test_what_was_learnt_is_recalled_by_call_thought_message_and_signature() -> None:
    """anthropic.md 9.2: four indexes on one store."""
    memory = SignatureMemory(now=ManualClock().now)
    memory.learn(
        [
            (call_key(ANNA, "t1"), an_entry()),
            (thought_key(ANNA, "hm"), "S1"),
            (message_key(ANNA, "m1"), an_entry()),
            (signature_key("anna", "S1"), Origin("claude", "thought", "S1", "hm")),
        ]
    )

    recall = memory.recall(ANNA)

    assert recall.call("t1") == recall.message("m1") == an_entry()
    assert recall.thought("hm") == "S1"
    assert recall.origin("S1") == Origin("claude", "thought", "S1", "hm")
    assert len(recall.used) == memory.size == 4


def test_strangers_are_not_recalled_and_not_counted_as_used() -> None:
    recall = SignatureMemory(now=ManualClock().now).recall(ANNA)

    assert (recall.call("t1"), recall.thought("x"), recall.message("m"), recall.origin("s")) == (None,) * 4
    assert recall.used == set()


@pytest.mark.parametrize(
    "other",
    [Mine("ben", "claude", "session-1"), Mine("anna", "gemini", "session-1")],
    ids=["another key", "another family"],
)
def test_nobody_recalls_what_belongs_to_another(other: Mine) -> None:
    """anthropic.md 9.2: family-scoped and API-key-scoped."""
    memory = memory_with_a_call(ManualClock())

    assert memory.recall(other).call("t1") is None


def test_a_message_belongs_to_its_conversation_and_a_call_to_all() -> None:
    """anthropic.md 9.2, K3; openai.md 6: a conversation may move between surfaces."""
    memory = memory_with_a_call(ManualClock())
    memory.learn([(message_key(ANNA, "m1"), an_entry())])
    elsewhere = memory.recall(Mine("anna", "claude", "session-2"))

    assert elsewhere.message("m1") is None
    assert elsewhere.call("t1") == an_entry()


def test_an_entry_is_forgotten_a_day_after_its_last_use() -> None:
    """anthropic.md 9.2: sliding."""
    clock = ManualClock()
    memory = memory_with_a_call(clock)
    clock.advance(DAY - 1)
    assert memory.recall(ANNA).call("t1")
    clock.advance(DAY - 1)
    assert memory.recall(ANNA).call("t1")
    clock.advance(DAY)

    assert memory.recall(ANNA).call("t1") is None
    assert memory.size == 0


def test_the_least_recently_used_goes_first() -> None:
    """anthropic.md 9.2: LRU bound."""
    memory = SignatureMemory(2, now=ManualClock().now)
    memory.learn([(call_key(ANNA, "t1"), an_entry()), (call_key(ANNA, "t2"), an_entry())])
    memory.recall(ANNA).call("t1")
    memory.learn([(call_key(ANNA, "t3"), an_entry())])

    recall = memory.recall(ANNA)
    assert [bool(recall.call(name)) for name in ("t1", "t2", "t3")] == [True, False, True]


def test_memory_is_bounded_in_bytes_as_well() -> None:
    memory = SignatureMemory(now=ManualClock().now, max_bytes=2500)
    for name in ("t1", "t2", "t3"):
        memory.learn([(call_key(ANNA, name), an_entry("x" * 1000))])

    assert memory.size == 2


def test_evicted_entries_are_gone() -> None:
    """anthropic.md 9.7."""
    memory = memory_with_a_call(ManualClock())
    recall = memory.recall(ANNA)
    recall.call("t1")
    memory.evict(recall.used)

    assert memory.recall(ANNA).call("t1") is None
    memory.evict(recall.used)


def test_new_entries_are_written_behind_once() -> None:
    clock, shelf = ManualClock(), Shelf()
    memory = memory_with_a_call(clock, shelf)
    memory.learn([(call_key(ANNA, "t1"), an_entry())])
    assert len(shelf.saved) == 1

    memory.learn([(call_key(ANNA, "t1"), an_entry(signature="S2"))])
    assert len(shelf.saved) == 2


def test_use_is_written_behind_once_an_hour() -> None:
    clock, shelf = ManualClock(), Shelf()
    memory = memory_with_a_call(clock, shelf)
    memory.recall(ANNA).call("t1")
    clock.advance(3600)
    memory.recall(ANNA).call("t1")
    memory.recall(ANNA).call("t1")

    assert [entry.saved_at for entry in shelf.saved] == [clock.now() - 3600, clock.now()]


def test_a_restart_sees_what_was_saved_and_is_not_too_old() -> None:
    """anthropic.md 9.2: persisted."""
    clock, shelf = ManualClock(), Shelf()
    memory_with_a_call(clock, shelf)
    clock.advance(DAY - 10)
    young, old = shelf.saved[0], StoredEntry(call_key(ANNA, "t0"), shelf.saved[0].value, clock.now() - DAY)
    after = SignatureMemory(now=clock.now)
    after.restore([young, old])
    assert after.size == 1
    assert after.recall(ANNA).call("t1") == an_entry()


def test_a_restore_does_not_overwrite_what_this_process_knows() -> None:
    clock, shelf = ManualClock(), Shelf()
    memory = memory_with_a_call(clock, shelf)
    memory.learn([(call_key(ANNA, "t1"), an_entry(signature="S2"))])
    memory.restore(shelf.saved[:1])

    entry = memory.recall(ANNA).call("t1")
    assert entry is not None
    assert entry.signed == (SignedThought("hm", "S2"),)


def test_nothing_of_what_was_said_can_be_read_from_a_key() -> None:
    assert "anna" not in call_key(ANNA, "t1")
    assert len(call_key(ANNA, "t1")) == 64


def with_signature(exact: str) -> Recall:
    memory = SignatureMemory(now=ManualClock().now)
    memory.learn([(signature_key("anna", exact), Origin("claude", "thought", exact))])
    return memory.recall(ANNA)


def test_a_signature_is_found_in_any_alphabet_and_comes_out_as_it_came_in() -> None:
    """openai.md 6: the digest is over a normalised form, what is sent is the exact original."""
    exact = base64.b64encode(b"\xfb\xff\xfe signature?").decode()
    url_safe = exact.replace("+", "-").replace("/", "_").rstrip("=")

    origin = with_signature(exact).origin(url_safe)

    assert url_safe != exact
    assert origin is not None
    assert origin.exact == exact


def test_the_wrapped_and_the_public_form_are_one_signature() -> None:
    """openai.md 6, anthropic.md 9.3: `R` is the base64 of `E`."""
    public = base64.b64encode(b"\x12\x03\x01\x02\x03").decode()
    wrapped = base64.b64encode(public.encode()).decode()
    assert (public[0], wrapped[0]) == ("E", "R")

    found = with_signature(wrapped).origin(public)

    assert found is not None
    assert found.exact == wrapped
    assert with_signature(public).origin(wrapped) is not None


@pytest.mark.parametrize("signature", ["R", "Rub!bish", "RG9n", base64.b64encode(b"E\xff\xfe").decode()])
def test_what_only_looks_wrapped_is_taken_as_it_is(signature: str) -> None:
    origin = with_signature(signature).origin(signature)

    assert origin is not None
    assert origin.exact == signature


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("EgMBAgM=", "RWdNQkFnTT0="),
        ("RWdNQkFnTT0=", "RWdNQkFnTT0="),
        ("S1", "S1"),
        ("E not base64", "E not base64"),
        ("EAMBAgM=", "EAMBAgM="),
    ],
)
def test_a_signature_of_the_public_api_is_wrapped_once_more(given: str, sent: str) -> None:
    """anthropic.md 9.3 and 9.8 example 9."""
    assert wrap_public(given) == sent


def test_only_signed_thoughts_with_text_can_be_replayed() -> None:
    """upstream.md 5.6: a thought without text is refused."""
    entry = Entry("claude", (SignedThought("a", "S"), SignedThought(" ", "S"), SignedThought("b")))

    assert entry.signed == (SignedThought("a", "S"),)
