"""Accounts on their way into the pool and out of it."""

from app.gateway.transfer import arrivals, packed
from app.store.parcel import PackedAccount
from tests.support.store import a_store


async def test_an_arrival_is_new_known_with_another_token_or_just_as_it_is() -> None:
    """admin-ui.md 2.4: import uses a dry run first."""
    async with a_store() as store:
        anna = await store.accounts.add(email="anna@example.test", refresh_token="1//a")
        ben = await store.accounts.add(email="ben@example.test", refresh_token="1//b")
        await store.accounts.set_enabled(ben.id, enabled=False)
        brought = [
            PackedAccount(email=" Anna@example.test", refresh_token="1//a "),
            PackedAccount(email="ben@example.test", refresh_token="1//b"),
            PackedAccount(email="carla@example.test", refresh_token="1//c"),
        ]

        assert [one.effect for one in await arrivals(store, brought)] == ["as it is", "new token", "new"]
        assert [one.enabled for one in await packed(store)] == [True, False]
        assert [one.email for one in await packed(store, {anna.id})] == ["anna@example.test"]
