"""The model list and its pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.profile import ModelProfile
from app.dialects.anthropic.models import model_out, model_page
from app.errors import BadRequest


def a_profile(name: str, created: int = 0, most: int | None = 64000) -> ModelProfile:
    return ModelProfile(
        id=name,
        wire_id=name,
        family="claude",
        display_name=name.title(),
        group="3p",
        max_input=200000,
        max_output=most,
        created=created,
    )


PROFILES = [a_profile("b"), a_profile("new", 1770249600), a_profile("a"), a_profile("c"), a_profile("d")]


def ids(**query: str) -> list[str]:
    return [entry.id for entry in model_page(PROFILES, query).data]


def test_one_entry_says_what_a_client_wants_to_know() -> None:
    """anthropic.md 19.1."""
    entry = model_out(a_profile("claude-opus-4-6", 1770249600))

    assert entry.id == "claude-opus-4-6"
    assert entry.type == "model"
    assert entry.created_at == "2026-02-05T00:00:00Z"
    assert (entry.max_input_tokens, entry.max_tokens) == (200000, 64000)
    assert model_out(a_profile("x")).created_at == "1970-01-01T00:00:00Z"


def test_the_newest_model_comes_first() -> None:
    """anthropic.md 19.1."""
    page = model_page(PROFILES, {})

    assert [entry.id for entry in page.data] == ["new", "a", "b", "c", "d"]
    assert (page.first_id, page.last_id, page.has_more) == ("new", "d", False)


def test_pages_go_on_after_and_before_a_model() -> None:
    """anthropic.md 19.1."""
    assert ids(limit="2") == ["new", "a"]
    assert ids(limit="2", after_id="a") == ["b", "c"]
    assert ids(limit="2", before_id="c") == ["a", "b"]
    assert ids(after_id="d") == []
    assert model_page(PROFILES, {"limit": "2", "after_id": "a"}).has_more
    assert model_page(PROFILES, {"limit": "2", "before_id": "c"}).has_more
    assert not model_page(PROFILES, {"limit": "2", "before_id": "b"}).has_more


def test_an_empty_page_has_no_ends() -> None:
    """anthropic.md 19.1."""
    page = model_page(PROFILES, {"before_id": "new"})

    assert (page.data, page.first_id, page.last_id, page.has_more) == ([], None, None, False)
    assert model_page([], {}).data == []


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"limit": "0000000001000"}, "limit"),
        ({"after_id": "z"}, "after_id"),
        ({"before_id": ""}, "before_id"),
        ({"after_id": "a", "before_id": "b"}, "before_id"),
    ],
)
def test_paging_that_makes_no_sense_is_refused(query: dict[str, str], where: str) -> None:
    """anthropic.md 19.1."""
    with pytest.raises(BadRequest) as caught:
        model_page(PROFILES, query)

    assert caught.value.where == where


@given(
    st.integers(1, 7),
    st.lists(st.tuples(st.text("abc", min_size=1), st.integers(0, 3)), unique_by=lambda x: x[0]),
)
def test_walking_the_pages_gives_each_model_once(limit: int, drawn: list[tuple[str, int]]) -> None:
    """anthropic.md 23, property 32: forwards, and backwards as its mirror."""
    profiles = [a_profile(name, created) for name, created in drawn]
    everything = [entry.id for entry in model_page(profiles, {"limit": "1000"}).data]

    forwards: list[str] = []
    page = model_page(profiles, {"limit": str(limit)})
    forwards += [entry.id for entry in page.data]
    while page.has_more:
        page = model_page(profiles, {"limit": str(limit), "after_id": page.last_id or ""})
        forwards += [entry.id for entry in page.data]

    assert forwards == everything
    backwards = everything[-1:]
    while backwards:
        page = model_page(profiles, {"limit": str(limit), "before_id": backwards[0]})
        backwards = [entry.id for entry in page.data] + backwards
        if not page.has_more:
            break
    assert backwards == everything
