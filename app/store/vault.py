"""Secrets of the gateway itself that outlive it and are the same in all its instances.

They lie sealed in the database, so that rotating ENCRYPTION_KEY does not change them.
"""

import secrets

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from app.store.models import VaultRow
from app.store.seal import Seal, place
from app.store.tx import Database, run_in_tx

KEY_PEPPER = "key_pepper"


async def secret(database: Database, seal: Seal, name: str) -> bytes:
    """The 32 bytes of that name, made when first asked for. Raises SealBroken."""

    async def work(client: BaseDBAsyncClient) -> bytes:
        where = place("vault", name, "sealed")
        row = await VaultRow.get_or_none(name=name)
        if row is not None:
            return bytes.fromhex(seal.open(row.sealed, where))
        fresh = secrets.token_bytes(32)
        await VaultRow.create(name=name, sealed=seal.seal(fresh.hex(), where))
        return fresh

    try:
        return await run_in_tx(database, work)
    except IntegrityError:  # another instance made it at the same moment
        return await run_in_tx(database, work)


async def reseal(database: Database, seal: Seal) -> int:
    """Write again with the current key what an older one sealed; gives how many."""

    async def work(client: BaseDBAsyncClient) -> int:
        changed = 0
        for row in await VaultRow.all():
            if not seal.is_current(row.sealed):
                where = place("vault", row.name, "sealed")
                row.sealed = seal.seal(seal.open(row.sealed, where), where)
                await row.save(update_fields=["sealed"])
                changed += 1
        return changed

    return await run_in_tx(database, work)
