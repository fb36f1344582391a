"""Collecting and unfolding are inverse, for any answer. Source: architecture 20 (4)."""

from hypothesis import given

from app.ir.answer import Answer, collect, unfold
from app.ir.grammar import is_grammatical
from tests.support.events import answers


@given(answers())
def test_an_unfolded_answer_is_grammatical_and_collects_to_itself(answer: Answer) -> None:
    stream = list(unfold(answer))

    assert is_grammatical(stream)
    assert collect(stream) == answer
