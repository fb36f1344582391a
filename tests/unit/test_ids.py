"""Ids. Source: anthropic.md 2.3."""

import re

from app.ids import Ids, random_token


def test_a_request_id_has_the_form_that_clients_know() -> None:
    assert re.fullmatch(r"req_[0-9A-Za-z]{24}", Ids().flow())


def test_tokens_have_the_length_that_was_asked_for_and_differ() -> None:
    drawn = {random_token(16) for _ in range(200)}

    assert len(drawn) == 200
    assert {len(token) for token in drawn} == {16}
    assert random_token(0) == ""


def test_every_character_is_drawn() -> None:
    assert len(set(random_token(4000))) == 62


def test_a_test_may_bring_its_own_source() -> None:
    assert Ids(lambda length: "a" * length).flow() == "req_" + "a" * 24
