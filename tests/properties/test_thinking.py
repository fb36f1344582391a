"""Thinking: properties 17 to 22 and 24 of anthropic.md 23, I11 of openai.md 17."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.catalog.catalog import Catalog
from app.catalog.thinking import RULES, settle
from app.ir.events import Event
from app.ir.parts import Part, Text, Thought, ToolCall
from app.ir.prompt import Thinking, Turn
from app.pipeline.thoughts import REPLAY, Cleaned, ReplayRules, clean, strip
from app.signatures import SENTINEL, SignatureMemory
from tests.support.events import an_answer
from tests.support.shaping import a_memory, call, mine, model, result, teach, thought, user, watch

CATALOG = Catalog()
CLAUDE, GEMINI = mine("claude"), mine("gemini")
MINTED_BY_CLAUDE = {"SC1", "SC2", "SC3", "CC1"}
MINTED_BY_GEMINI = {"SG1", "SG2", "CG1", "XG1"}

texts = st.sampled_from(["a", "b", "c"])
call_ids = st.sampled_from(["t1", "t2", "t3", "t4"])
claude_answers = st.lists(
    st.one_of(
        st.builds(thought, texts, st.sampled_from([None, "SC1", "SC2", "SC3"])),
        st.builds(Text, texts),
        st.builds(call, call_ids, signature=st.sampled_from([None, None, "CC1"])),
    ),
    max_size=4,
)
gemini_answers = st.lists(
    st.one_of(
        st.builds(thought, texts, st.sampled_from([None, "SG1", "SG2"])),
        st.builds(Text, texts, st.sampled_from([None, "XG1"])),
        st.builds(call, call_ids, signature=st.sampled_from([None, "CG1"])),
    ),
    max_size=4,
)
signatures = st.sampled_from(
    [None, "", SENTINEL, "claude#SC1", "stranger", *MINTED_BY_CLAUDE, *MINTED_BY_GEMINI]
)
history_parts = st.one_of(
    st.builds(Thought, st.sampled_from(["", "a", "b", "c"]), signatures, st.booleans()),
    st.builds(Text, texts),
    st.builds(call, call_ids, signature=signatures),
)
model_turns = st.lists(history_parts, max_size=4).map(lambda parts: model(*parts))
user_turns = st.one_of(st.builds(user, texts), st.builds(user, st.builds(result, call_ids)))
histories = st.lists(st.one_of(model_turns, user_turns), max_size=6).map(tuple)
rules = st.sampled_from([*REPLAY.values()])


def learnt(claude: Iterable[list[Part]], gemini: Iterable[list[Part]] = ()) -> SignatureMemory:
    memory = a_memory()
    for pieces in claude:
        teach(memory, CLAUDE, *pieces)  # type: ignore[arg-type]  # the strategies make pieces of answers only
    for pieces in gemini:
        teach(memory, GEMINI, *pieces)  # type: ignore[arg-type]  # as above
    return memory


def sent(turns: tuple[Turn, ...], cleaned: Cleaned) -> tuple[bool, tuple[Turn, ...]]:
    """Whether thinking stays on, and the turns that are sent, as the stage decides it for Claude."""
    return (False, strip(turns)) if cleaned.violations else (True, cleaned.turns)


def signed_in(turns: Iterable[Turn]) -> set[str]:
    return {
        part.signature
        for turn in turns
        for part in turn.parts
        if isinstance(part, Thought | ToolCall | Text) and part.signature
    }


@given(histories, st.lists(claude_answers, max_size=3), st.lists(gemini_answers, max_size=2))
def test_claude_thinks_with_every_thought_signed_or_not_at_all(
    turns: tuple[Turn, ...], claude: list[list[Part]], gemini: list[list[Part]]
) -> None:
    """anthropic.md 23, property 17."""
    memory = learnt(claude, gemini)
    recall = memory.recall(CLAUDE)

    is_on, out = sent(turns, clean(turns, recall, ReplayRules(), thinking=True))

    for turn in out:
        thoughts = [part for part in turn.parts if isinstance(part, Thought)]
        calls = [part for part in turn.parts if isinstance(part, ToolCall)]
        assert all(part.text and part.signature for part in thoughts)
        assert turn.parts[: len(thoughts)] == tuple(thoughts)
        assert is_on or not thoughts
        if is_on and turn.role == "model" and calls and not thoughts:
            known = [entry for part in calls if (entry := memory.recall(CLAUDE).call(part.id))]
            assert known == [] or all(entry.no_thinking for entry in known)


def renamed(piece: Part) -> Part:
    return structs.replace(piece, id=f"new-{piece.id}") if isinstance(piece, ToolCall) else piece


@given(histories, st.lists(claude_answers, max_size=2), st.lists(claude_answers, max_size=2))
def test_more_memory_never_switches_thinking_off(
    turns: tuple[Turn, ...], before: list[list[Part]], more: list[list[Part]]
) -> None:
    """anthropic.md 23, property 18; an id is minted once, so new entries have new ids."""
    fresh = [
        [
            structs.replace(piece, id=f"new-{piece.id}") if isinstance(piece, ToolCall) else piece
            for piece in answer
        ]
        for answer in more
    ]
    less = clean(turns, learnt(before).recall(CLAUDE), ReplayRules(), thinking=True)
    with_more = clean(turns, learnt([*before, *fresh]).recall(CLAUDE), ReplayRules(), thinking=True)

    assert set(with_more.violations) <= set(less.violations)


def replays(minted: list[Part], *, forgets: str) -> Turn:
    kept: list[Part] = []
    for part in minted:
        if isinstance(part, Thought) and forgets == "thoughts":
            continue
        if isinstance(part, Thought | ToolCall) and forgets == "signatures":
            part = structs.replace(part, signature=None)
        kept.append(part)
    return model(*kept)


unique_answers = st.lists(
    st.one_of(
        st.integers(0, 999).map(lambda n: thought(f"thought {n}", f"SIG{n}")),
        st.integers(0, 999).map(lambda n: Text(f"text {n}")),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda piece: piece.text,
)


@given(unique_answers, st.sampled_from(["nothing", "thoughts", "signatures"]), st.booleans())
def test_claude_gets_back_what_it_sent_even_from_a_forgetful_client(
    pieces: list[Part], forgets: str, calls: bool
) -> None:
    """anthropic.md 23, properties 19 and 20."""
    # A signature on a call without any thought is a thought whose text was lost: nothing to give back.
    own = "CALL" if any(isinstance(part, Thought) for part in pieces) else None
    minted: list[Part] = [*pieces, call("t1", signature=own)] if calls else pieces
    memory = learnt([minted])
    turns = (user("go"), replays(minted, forgets=forgets), user(result("t1")))

    cleaned = clean(turns, memory.recall(CLAUDE), ReplayRules(), thinking=True)

    thoughts = [part for part in minted if isinstance(part, Thought)]
    has_content = calls or any(isinstance(part, Text) for part in minted)
    assert cleaned.violations == ()
    if has_content or forgets != "thoughts":
        assert [part for part in cleaned.turns[1].parts if isinstance(part, Thought)] == thoughts
    assert [part for part in cleaned.turns[1].parts if isinstance(part, ToolCall)] == minted[len(pieces) :]


@given(unique_answers, st.sampled_from(["nothing", "thoughts", "signatures"]))
def test_gemini_gets_the_signatures_of_its_calls_back(pieces: list[Part], forgets: str) -> None:
    """anthropic.md 23, properties 19 and 20; openai.md I10."""
    minted: list[Part] = [*pieces, call("g1", signature="CALL"), call("g2")]
    memory = learnt([], [minted])
    turns = (user("go"), replays(minted, forgets=forgets), user(result("g1"), result("g2")))

    cleaned = clean(turns, memory.recall(GEMINI), ReplayRules(), thinking=True)

    assert cleaned.turns[1].parts[-2:] == tuple(minted[-2:])


@given(
    histories,
    st.lists(claude_answers, max_size=3),
    st.lists(gemini_answers, max_size=3),
    rules,
    st.booleans(),
)
def test_no_family_ever_sees_what_another_minted(
    turns: tuple[Turn, ...], claude: list[list[Part]], gemini: list[list[Part]], rules: ReplayRules, on: bool
) -> None:
    """anthropic.md 23, property 21; openai.md I11. All that was minted is remembered here."""
    everything = [thought("a", name) for name in sorted(MINTED_BY_CLAUDE)]
    foreign = [thought("z", name) for name in sorted(MINTED_BY_GEMINI)]
    memory = learnt([list(everything), *claude], [list(foreign), *gemini])

    to_claude = signed_in(clean(turns, memory.recall(CLAUDE), rules, thinking=on).turns)
    to_gemini = signed_in(clean(turns, memory.recall(GEMINI), rules, thinking=on).turns)
    to_others = signed_in(clean(turns, memory.recall(mine("gpt_oss")), rules, thinking=on).turns)

    assert to_claude.isdisjoint(MINTED_BY_GEMINI | {SENTINEL})
    assert to_gemini <= MINTED_BY_GEMINI
    assert to_others == set()


@given(st.lists(claude_answers, min_size=1, max_size=3))
def test_a_remembered_signature_is_used_on_its_own_message_only(answers: list[list[Part]]) -> None:
    """anthropic.md 23, property 22: different ids and text."""
    memory = learnt(answers)
    turns = (user("go"), model(thought("unheard of"), "other words", call("t9")), user(result("t9")))

    assert signed_in(clean(turns, memory.recall(CLAUDE), ReplayRules(), thinking=True).turns) == set()


@given(
    histories,
    st.lists(claude_answers, max_size=2),
    st.lists(gemini_answers, max_size=2),
    rules,
    st.sampled_from(["claude", "gemini", "gpt_oss"]),
    st.booleans(),
)
def test_cleaning_is_idempotent_and_leaves_the_rest_alone(
    turns: tuple[Turn, ...],
    claude: list[list[Part]],
    gemini: list[list[Part]],
    rules: ReplayRules,
    family: str,
    on: bool,
) -> None:
    """architecture.md 20, property 7; openai.md I13."""
    recall = learnt(claude, gemini).recall(mine(family))  # type: ignore[arg-type]  # one of the three families

    once = clean(turns, recall, rules, thinking=on)
    twice = clean(once.turns, recall, rules, thinking=on)

    assert twice.turns == once.turns

    def rest(turn: Turn) -> list[Part]:
        unsigned = strip((turn,))[0]
        return [part for part in unsigned.parts if not isinstance(part, Thought)]

    assert [rest(turn) for turn in once.turns] == [rest(turn) for turn in turns]


wishes = st.builds(
    Thinking,
    st.sampled_from(["default", "on", "off"]),
    st.one_of(st.none(), st.just(-1), st.integers(0, 200_000)),
    st.one_of(
        st.none(), st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max", "auto"])
    ),
    st.booleans(),
)


@given(
    wishes,
    st.sampled_from(CATALOG.offered()),
    st.sampled_from(sorted(RULES)),
    st.one_of(st.none(), st.integers(1, 200_000)),
    st.booleans(),
)
def test_a_settled_budget_fits_the_model_and_the_limit(wish, profile, dialect, max_tokens, forced) -> None:  # type: ignore[no-untyped-def]  # as the strategies say
    """anthropic.md 23, property 24; openai.md 5.7."""
    settled = settle(wish, profile, dialect=dialect, max_tokens=max_tokens, forced_tool=forced)
    thinking, limit = settled.thinking, settled.max_tokens

    assert thinking.settled
    assert limit is None or max_tokens is None or limit <= max_tokens
    assert limit is None or profile.max_output is None or limit <= profile.max_output
    if thinking.mode == "off":
        assert thinking.budget is None
        return
    assert thinking.mode == "on"
    assert profile.thinking is not None
    assert thinking.budget is not None
    if thinking.budget == -1:
        assert profile.thinking.dynamic
        return
    assert profile.thinking.least <= thinking.budget <= profile.thinking.most
    assert limit is None or thinking.budget < limit
    if profile.family == "claude":
        assert limit is not None
        assert thinking.budget >= 1024
        assert not forced


@given(st.lists(st.one_of(claude_answers, gemini_answers), max_size=3))
def test_watching_changes_no_event(answers: list[list[Part]]) -> None:
    memory = a_memory()
    for pieces in answers:
        answer = an_answer(*pieces)  # type: ignore[arg-type]  # the strategies make pieces of answers only
        seen: list[Event] = watch(memory, CLAUDE, answer)
        again: list[Event] = watch(memory, GEMINI, answer)
        assert seen == again
