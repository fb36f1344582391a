"""Accounts on their way into the pool and out of it: what an import would mean, what an export holds.

For commands and the admin part. Never: a file, or a passphrase.
"""

from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from app.ids import AccountId
from app.store.lifecycle import Store
from app.store.parcel import PackedAccount

Effect: TypeAlias = Literal["new", "new token", "as it is"]


class Arrival(Struct, frozen=True):
    """What an import means for one address."""

    email: str
    effect: Effect


async def arrivals(store: Store, accounts: Sequence[PackedAccount]) -> list[Arrival]:
    """What importing these would mean, one by one."""
    known = {account.email: account for account in await store.accounts.all()}
    told = []
    for packed in accounts:
        email = packed.email.strip().lower()
        account = known.get(email)
        effect: Effect = "new"
        if account is not None:
            is_same = account.refresh_token == packed.refresh_token.strip()
            effect = "as it is" if is_same and account.enabled == packed.enabled else "new token"
        told.append(Arrival(email if account is not None else packed.email, effect))
    return told


async def packed(store: Store, only: Collection[AccountId] | None = None) -> list[PackedAccount]:
    """The accounts of the pool, or these of them, with their tokens; those without one are left out."""
    return [
        PackedAccount(email=a.email, refresh_token=a.refresh_token, project=a.project, enabled=a.enabled)
        for a in await store.accounts.all()
        if a.refresh_token and (only is None or a.id in only)
    ]
