"""What is stored of an addon. Spec: architecture.md 8.7."""

import pytest

from app.hooks.turned import AS_STARTED, Turned, spelled, stored_name, turned_of


@pytest.mark.parametrize(
    "turned",
    [AS_STARTED, Turned({"size": 5, "names": ["a"]}), Turned(enabled=False), Turned({"x": None}, False)],
)
def test_what_is_stored_is_read_back(turned: Turned) -> None:
    assert turned_of({stored_name("mine"): spelled(turned)} if spelled(turned) else {}, "mine") == turned


def test_what_says_nothing_is_stored_as_nothing() -> None:
    assert spelled(AS_STARTED) == ""


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"options": 5}', '{"enabled": "perhaps"}'])
def test_what_somebody_else_wrote_there_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="`mine` cannot be read") as caught:
        turned_of({stored_name("mine"): text}, "mine")

    assert text not in str(caught.value)
