"""Stored knobs."""

from tests.support.store import a_store


async def test_every_change_of_a_knob_raises_the_version() -> None:
    """architecture.md 12: knobs, with a version counter."""
    async with a_store() as store:
        first = await store.knobs.put("heartbeat_s", "5.0")
        second = await store.knobs.put("heartbeat_s", "6.0")
        third = await store.knobs.reset("heartbeat_s")

        assert (first.values, second.values, third.values) == (
            {"heartbeat_s": "5.0"},
            {"heartbeat_s": "6.0"},
            {},
        )
        assert [first.version, second.version, third.version] == [1, 2, 3]
        assert await store.knobs.read() == third
