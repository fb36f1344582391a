import base64
from random import Random

import pytest

from app.simulator.catalog import Family
from app.simulator.signatures import SignatureSmith


@pytest.fixture
def smith() -> SignatureSmith:
    return SignatureSmith(seed=1)


@pytest.mark.parametrize(("family", "first"), [("gemini", "C"), ("claude", "R")])
def test_a_signature_begins_as_its_family_does(smith: SignatureSmith, family: Family, first: str) -> None:
    """upstream.md 9.5, appendix B."""
    made = smith.make(family, Random(1))

    assert made.startswith(first)
    assert smith.check(made, family) == "ok"


def test_the_inner_text_of_a_claude_signature_begins_with_e(smith: SignatureSmith) -> None:
    """upstream.md 5.6."""
    inner = base64.b64decode(smith.make("claude", Random(1))).decode()

    assert inner.startswith("E")
    assert smith.check(inner, "claude") != "ok"


@pytest.mark.parametrize("family", ["gemini", "claude"])
def test_any_changed_character_is_noticed(smith: SignatureSmith, family: Family) -> None:
    """upstream.md 9.5: integrity."""
    made = smith.make(family, Random(2))
    spoiled = [
        made[:at] + ("A" if made[at] != "A" else "B") + made[at + 1 :] for at in range(0, len(made) - 4, 7)
    ]

    assert all(smith.check(text, family) != "ok" for text in spoiled)


@pytest.mark.parametrize(
    "text", ["", "AAAA", "no base64!", "skip_thought_signature_validator", "RXVZQmV4YW1wbGU="]
)
def test_what_was_never_made_is_broken(smith: SignatureSmith, text: str) -> None:
    """upstream.md 9.5."""
    assert smith.check(text, "gemini") == "broken"
    assert smith.check(text, "claude") == "broken"


def test_a_truncated_signature_is_broken(smith: SignatureSmith) -> None:
    """upstream.md 5.6."""
    assert smith.check(smith.make("gemini", Random(1))[:-8], "gemini") == "broken"


def test_a_signature_of_another_family_is_foreign(smith: SignatureSmith) -> None:
    """upstream.md 5.6."""
    assert smith.check(smith.make("claude", Random(1)), "gemini") == "foreign"
    assert smith.check(smith.make("gemini", Random(1)), "claude") == "foreign"


def test_a_signature_of_another_simulator_is_broken() -> None:
    """upstream.md 9.5."""
    made = SignatureSmith(seed=2).make("gemini", Random(1))

    assert SignatureSmith(seed=1).check(made, "gemini") == "broken"


def test_a_bound_signature_belongs_to_one_call(smith: SignatureSmith) -> None:
    """upstream.md 9.5: strictness `bound`."""
    made = smith.make("gemini", Random(1), bound_to="k3x9a1b2")

    assert smith.check(made, "gemini", bound_to="k3x9a1b2") == "ok"
    assert smith.check(made, "gemini", bound_to="k3x9a1b3") == "unbound"
    assert smith.check(made, "gemini") == "ok"


@pytest.mark.parametrize("length", [100, 400, 5_000, 100_000])
def test_the_length_knob_is_kept_roughly(length: int) -> None:
    """upstream.md 9.5."""
    smith = SignatureSmith(seed=1, length=length)

    assert abs(len(smith.make("gemini", Random(1))) - length) <= 4
    assert smith.check(smith.make("claude", Random(1)), "claude") == "ok"
