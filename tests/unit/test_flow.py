"""One request, with all that was learned on the way."""

import pytest

from app.flow import Flow
from tests.support.flows import ANNA, a_flow, a_new_flow


def test_a_remark_is_kept_once_per_word_and_text() -> None:
    flow = a_flow()

    for text in ("a", "a", "b"):
        flow.note("tools-dropped", text)

    assert [(note.word, note.text) for note in flow.notes] == [("tools-dropped", "a"), ("tools-dropped", "b")]


@pytest.mark.parametrize(
    ("flow", "streams"),
    [
        (a_flow(stream=True), True),
        (a_flow(stream=False), False),
        (a_new_flow(), False),
        (a_new_flow("anthropic", operation="count"), False),
    ],
)
def test_a_reply_streams_once_that_is_known_to_be_wished(flow: Flow, streams: bool) -> None:
    assert flow.streams is streams


def test_what_stages_have_found_can_be_relied_on() -> None:
    flow = a_flow()

    assert (flow.asked, flow.model, flow.prepared) == (flow.prompt, flow.profile, flow.encoded)
    assert flow.known_caller == ANNA


@pytest.mark.parametrize("name", ["asked", "model", "known_caller", "prepared"])
def test_what_no_stage_has_found_yet_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(AssertionError, match="no stage may ask"):
        getattr(a_new_flow(), name)


def test_headers_are_those_of_the_request() -> None:
    assert a_new_flow().headers == {}
