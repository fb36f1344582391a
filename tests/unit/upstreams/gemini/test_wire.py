"""The upstream's own words."""

import msgspec

from app.upstreams.gemini.wire import NOTHING, Candidate, Envelope, SentPart


def test_absent_members_are_told_from_empty_ones() -> None:
    """upstream.md 6.2: any member may be missing."""
    chunk = msgspec.json.decode(b'{"candidates":[{}]}', type=Envelope)

    assert chunk.candidates == [Candidate()]
    assert chunk.candidates[0].grounding_metadata is NOTHING
    assert chunk.usage_metadata is None


def test_parts_have_the_one_member_that_was_set() -> None:
    """upstream.md 5.2: exactly one data member; an empty text is one."""
    assert msgspec.json.encode(SentPart(text="")) == b'{"text":""}'
