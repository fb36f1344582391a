"""Client keys: listed, made, changed, rotated, paused, revoked; here at once, elsewhere within seconds.

Never: a key in an audit entry, or in any answer but the one to its making.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from app.addons.spend_guard import SpendGuard
from app.addons.spending import Counters, day_began
from app.admin.refusals import Refused
from app.admin.schemas.keys import (
    PRESETS,
    FreshKeyView,
    KeyBody,
    KeyList,
    KeyPatch,
    KeyQuery,
    KeyUse,
    KeyView,
    Preset,
    RotateBody,
)
from app.allowance import Allowance
from app.errors import UnknownModel
from app.gateway.parts import Gateway
from app.ids import KeyId
from app.networks import networks_of
from app.store.keys import FreshKey, KeyChanges, KeyRecord
from app.store.usage_reader import Sums

_HOUR_S = 3600.0
_MOST_KEYS = 1000
_NOTHING = Sums()


class KeyDesk:
    """Acts on the database and on the key ring of this process. `actor` is who asks, for the audit log."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._keys = gateway.store.keys
        self._clock = gateway.clock

    def presets(self) -> tuple[Preset, ...]:
        """What a new key may start from."""
        return PRESETS

    async def all(self, query: KeyQuery) -> KeyList:
        """A page of keys, newest first."""
        found = [key for key in reversed(await self._keys.all()) if self._fits(key, query)]
        if query.cursor is not None:
            ids = [key.id for key in found]
            found = found[ids.index(KeyId(query.cursor)) + 1 :] if query.cursor in ids else []
        page = found[: query.limit]
        more = len(found) > len(page)
        return KeyList(keys=await self._views(page), next=page[-1].id if more else None)

    async def one(self, key: str) -> KeyView:
        """One key as it stands. Raises Refused."""
        return await self._view(await self._find(key))

    async def create(self, body: KeyBody, actor: str) -> FreshKeyView:
        """Make a key. Raises Refused."""
        said = self._checked({name: getattr(body, name) for name in body.__struct_fields__})
        fresh = await self._keys.create(said.pop("name"), **said)
        await self._note(actor, "key.create", fresh.record, _told(said))
        return await self._fresh(fresh)

    async def update(self, key: str, patch: KeyPatch, actor: str) -> KeyView:
        """Say anew what a key is called and may do. Raises Refused."""
        before = await self._alive(key)
        said = {name: getattr(patch, name) for name in patch.__struct_fields__}
        changes = self._checked({name: value for name, value in said.items() if value is not UNSET})
        return await self._change(before, "key.update", changes, actor)

    async def pause(self, key: str, actor: str) -> KeyView:
        """Refuse the key until it is resumed."""
        return await self._change(await self._alive(key), "key.pause", KeyChanges(paused=True), actor)

    async def resume(self, key: str, actor: str) -> KeyView:
        """Let a paused key work again."""
        return await self._change(await self._alive(key), "key.resume", KeyChanges(paused=False), actor)

    async def rotate(self, key: str, body: RotateBody, actor: str) -> FreshKeyView:
        """A new key that may do the same; the old one ends after some hours."""
        fresh, old = await self._keys.rotate(await self._alive(key), keep_s=body.keep_old_hours * _HOUR_S)
        await self._note(actor, "key.create", fresh.record, {"rotates": old.id})
        await self._note(actor, "key.rotate", old, {"new": fresh.record.id, "ends_at": old.expires_at})
        return await self._fresh(fresh)

    async def revoke(self, key: str, actor: str) -> KeyView:
        """Make a key useless for good; a second time changes nothing."""
        before = await self._find(key)
        revoked = await self._keys.revoke(before.id)
        assert revoked is not None, "keys are never deleted"
        if before.revoked_at is None:
            await self._note(actor, "key.revoke", revoked, {})
        return await self._view(revoked)

    async def _change(self, before: KeyRecord, action: str, changes: KeyChanges, actor: str) -> KeyView:
        changed = await self._keys.update(before.id, **changes)
        assert changed is not None, "keys are never deleted"
        told = {"old": _told({name: getattr(before, name) for name in changes}), "new": _told(dict(changes))}
        await self._note(actor, action, changed, told)
        return await self._view(changed)

    async def _note(self, actor: str, action: str, key: KeyRecord, detail: dict[str, Any]) -> None:
        """Put it in force here, and say so."""
        self._gateway.keys.take(key)
        self._gateway.news.note("keys")
        await self._gateway.store.audit.note(actor, action, key.id, {"name": key.name, **detail})

    def _checked(self, said: dict[str, Any]) -> Any:
        """What was said, as the store takes it. Raises Refused."""
        if (models := said.get("models")) is not None:
            said["models"] = frozenset(self._known_model(model) for model in models)
        if (addresses := said.get("addresses")) is not None:
            said["addresses"] = _checked_addresses(addresses)
        if (expires_at := said.get("expires_at")) is not None and expires_at <= self._clock.now():
            raise Refused(400, "invalid_request", "That instant is over already.", where="expires_at")
        if "limits" in said:
            said["allowance"] = Allowance(**msgspec.structs.asdict(said.pop("limits")))
        if "name" in said and not said["name"].strip():
            raise Refused(400, "invalid_request", "A key needs a name.", where="name")
        return said

    def _known_model(self, model: str) -> str:
        try:
            self._gateway.catalog.resolve(model)
        except UnknownModel as exc:
            raise Refused(400, "unknown_model", f"There is no model `{model}`.", where="models") from exc
        return model

    def _fits(self, key: KeyRecord, query: KeyQuery) -> bool:
        if query.state is not None and key.standing(self._clock.now()) != query.state:
            return False
        wanted = query.text.casefold()
        return any(wanted in text.casefold() for text in (key.name, key.note, key.id, key.last4))

    async def _find(self, key: str) -> KeyRecord:
        found = await self._keys.find(KeyId(key))
        if found is None:
            raise Refused(404, "not_found", "There is no key of that id.")
        return found

    async def _alive(self, key: str) -> KeyRecord:
        found = await self._find(key)
        if found.revoked_at is not None:
            raise Refused(409, "illegal_move", "A key that was revoked stays so. Make a new one.")
        return found

    async def _fresh(self, fresh: FreshKey) -> FreshKeyView:
        return FreshKeyView(key=await self._view(fresh.record), secret=fresh.secret)

    async def _view(self, key: KeyRecord) -> KeyView:
        return (await self._views([key]))[0]

    async def _views(self, keys: Sequence[KeyRecord]) -> list[KeyView]:
        now = self._clock.now()
        table = await self._gateway.store.usage_reader.table("key", day_began(now), now + 1, limit=_MOST_KEYS)
        today = {line.value: line.sums for line in table.lines}
        guard = self._gateway.roster.find(SpendGuard.name).member.addon
        assert isinstance(guard, SpendGuard), "the shipped guard has that name"
        return [_view(key, now, guard.counters(key.id), today.get(key.id, _NOTHING)) for key in keys]


def _view(key: KeyRecord, now: float, counters: Counters, today: Sums) -> KeyView:
    return KeyView(
        id=key.id,
        name=key.name,
        note=key.note,
        shown=f"{key.prefix}…{key.last4}",
        state=key.standing(now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        models=None if key.models is None else sorted(key.models),
        addresses=None if key.addresses is None else list(key.addresses),
        limits=key.allowance,
        use=KeyUse(
            in_flight=counters.in_flight,
            minute_requests=counters.requests,
            minute_tokens=counters.tokens,
            day_requests=today.requests,
            day_failures=today.failures,
            day_tokens=counters.day_tokens,
            month_tokens=counters.month_tokens,
        ),
    )


def _checked_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    try:
        networks_of(addresses)
    except ValueError as exc:
        raise Refused(
            400,
            "invalid_request",
            "That is neither an address nor a network such as 192.168.0.0/16.",
            where="addresses",
        ) from exc
    return tuple(one.strip() for one in addresses)


def _told(said: dict[str, Any]) -> dict[str, Any]:
    """What was said, as the audit log keeps it."""
    kept = {name: value for name, value in said.items() if value not in (None, "")}
    told: dict[str, Any] = msgspec.to_builtins(kept, order="deterministic")
    return told
