"""Accounts out of a file into the pool, and out of the pool into a file.

An import that a person looks at first is kept here meanwhile, in memory, for the session that brought it.
Never: a token in an answer that is no export, or in an audit entry.
"""

import asyncio
from typing import Final

from msgspec import Struct

from app.admin.api.batches import BatchDesk
from app.admin.refusals import Refused
from app.admin.schemas.transfer import ExportBody, ImportBody, ImportView
from app.gateway.parts import Gateway
from app.gateway.transfer import arrivals, packed
from app.ids import random_token
from app.store.errors import SealBroken, StoreError
from app.store.parcel import SortedOut, pack, sorted_out

LASTS_S: Final = 600.0
_MOST_HELD: Final = 8


class _Held(Struct, frozen=True):
    sorted_out: SortedOut
    owner: str
    ends_at: float


class TransferDesk:
    """Whoever exports has given the password once more; the caller sees to that."""

    def __init__(self, gateway: Gateway, batches: BatchDesk) -> None:
        self._gateway = gateway
        self._batches = batches
        self._held: dict[str, _Held] = {}

    async def export(self, body: ExportBody, actor: str) -> bytes:
        """The content of a file with the accounts and their tokens. Raises Refused."""
        only = None
        if body.ids is not None or body.filter is not None:
            only = frozenset(self._batches.chosen(body.ids, body.filter))
        accounts = await packed(self._gateway.store, only)
        if not accounts:
            raise Refused(409, "no_account", "There is no such account that has a token.")
        told = {"accounts": len(accounts), "sealed": body.passphrase is not None}
        await self._gateway.store.audit.note(actor, "accounts.export", f"{len(accounts)} accounts", told)
        return await asyncio.to_thread(pack, accounts, body.passphrase)

    async def bring(self, body: ImportBody, actor: str) -> ImportView:
        """Take accounts in at once, or tell what that would mean. Raises Refused."""
        found = await self._read(body.content, body.passphrase)
        if body.dry_run:
            return await self._told(found, dry_run=True)
        if found.broken and not body.skip_broken:
            raise Refused(400, "invalid_request", found.broken[0].reason, where="content")
        return await self._taken_in(found, actor)

    async def hold(self, body: ImportBody, owner: str) -> str:
        """Keep what was brought until somebody has looked at it; gives its name. Raises Refused."""
        found = await self._read(body.content, body.passphrase)
        self._forget_old()
        name = random_token(16)
        self._held[name] = _Held(found, owner, self._gateway.clock.now() + LASTS_S)
        return name

    async def look(self, name: str, owner: str) -> ImportView:
        """What taking it in would mean now. Raises Refused."""
        return await self._told(self._find(name, owner), dry_run=True)

    async def take(self, name: str, owner: str, actor: str) -> ImportView:
        """Take in what can be read of it, all or nothing. Raises Refused."""
        found = self._find(name, owner)
        told = await self._taken_in(found, actor)
        self._held.pop(name, None)
        return told

    async def _taken_in(self, found: SortedOut, actor: str) -> ImportView:
        if not found.accounts:
            raise Refused(400, "invalid_request", "There is no account in it.", where="content")
        store = self._gateway.store
        told = await self._told(found, dry_run=False)
        await store.accounts.add_all(found.accounts)
        await self._gateway.pool.load()
        detail = {"new": told.count("new"), "renewed": told.count("new token"), "broken": len(told.broken)}
        await store.audit.note(actor, "accounts.import", f"{len(found.accounts)} accounts", detail)
        return told

    async def _told(self, found: SortedOut, *, dry_run: bool) -> ImportView:
        effects = await arrivals(self._gateway.store, found.accounts)
        return ImportView(dry_run=dry_run, accounts=effects, broken=list(found.broken))

    async def _read(self, text: str, passphrase: str | None) -> SortedOut:
        content = text.encode("utf-8", "replace")
        try:
            # The key of a sealed file is slow to make, and meant to be.
            return await asyncio.to_thread(sorted_out, content, passphrase or None)
        except SealBroken as exc:
            raise Refused(400, "invalid_request", str(exc), where="passphrase") from exc
        except StoreError as exc:
            raise Refused(400, "invalid_request", str(exc), where="content") from exc

    def _find(self, name: str, owner: str) -> SortedOut:
        self._forget_old()
        held = self._held.get(name)
        if held is None or held.owner != owner:
            raise Refused(404, "not_found", "That import is over, or was never begun. Begin again.")
        return held.sorted_out

    def _forget_old(self) -> None:
        now = self._gateway.clock.now()
        self._held = {name: one for name, one in self._held.items() if one.ends_at > now}
        while len(self._held) >= _MOST_HELD:
            del self._held[next(iter(self._held))]
