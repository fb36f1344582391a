"""Settings: each with its value in force and where that came from; knobs changed, taken back, undone.

Never: the value of a secret, or a setting that is written where the gateway is started.
"""

import asyncio
import json
from itertools import groupby
from typing import Any, Final, get_type_hints

import msgspec

from app.admin.refusals import Refused
from app.admin.schemas.settings import SettingGroup, SettingList, SettingSource, SettingView
from app.gateway.parts import Gateway
from app.settings.fields import Field, all_fields, checked, fields_by_name
from app.settings.knobs import turned
from app.settings.schema import Settings
from app.settings.sources import COMMAND_LINE, ENVIRONMENT
from app.store.audit import AuditEntry

CHANGES: Final = frozenset({"setting.change", "setting.reset", "setting.undo"})
"""The actions of the audit log that `undo` takes back."""

_PIECE: Final = 400
_LONGEST_ID: Final = 18

_UNITS: Final = {"_s": "seconds", "_days": "days", "_bytes": "bytes", "_pixels": "pixels", "_rows": "rows"}


class SettingsDesk:
    """Shows all settings and turns knobs. `actor` is who asks, for the audit log."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._knobs = gateway.store.knobs
        self._audit = gateway.store.audit
        self._changing = asyncio.Lock()

    async def all(self) -> SettingList:
        """Every setting, in groups."""
        stored = (await self._knobs.read()).values
        sections = get_type_hints(Settings)
        return SettingList(
            groups=[
                SettingGroup(
                    section=section,
                    purpose=(sections[section].__doc__ or "").strip(),
                    settings=[self._view(field, is_stored=field.name in stored) for field in fields],
                )
                for section, fields in groupby(all_fields(), key=lambda field: field.section)
            ]
        )

    async def one(self, name: str) -> SettingView:
        """One setting as it stands. Raises Refused."""
        field = _field(name)
        return self._view(field, is_stored=field.name in (await self._knobs.read()).values)

    async def change(self, name: str, value: Any, actor: str) -> SettingView:
        """Put a knob to a value, in force at once and over restarts. Raises Refused."""
        async with self._changing:
            self._changeable(_field(name))
            await self._store(name, msgspec.json.encode(value).decode(), "setting.change", actor)
        return await self.one(name)

    async def change_text(self, name: str, text: str, actor: str) -> SettingView:
        """The same with a value as one writes it into the environment, for forms."""
        try:
            value = checked(_field(name), text.strip(), is_text=True)
        except ValueError as exc:
            raise _invalid(name, exc) from exc
        return await self.change(name, value, actor)

    async def reset(self, name: str, actor: str) -> SettingView:
        """Take back what was said of a knob while running. Raises Refused."""
        async with self._changing:
            self._changeable(_field(name))
            await self._store(name, "", "setting.reset", actor)
        return await self.one(name)

    async def undo(self, entry: str, actor: str) -> SettingView:
        """Put a knob back to what it was before a change, by its id in the audit log. Raises Refused."""
        found = await self._change_of(entry)
        async with self._changing:
            self._changeable(_field(found.subject))
            await self._store(
                found.subject,
                _joined(found.detail.get("stored_before")),
                "setting.undo",
                actor,
                undoes=found.id,
            )
        return await self.one(found.subject)

    async def _change_of(self, entry: str) -> AuditEntry:
        if entry.isascii() and entry.isdecimal() and len(entry) <= _LONGEST_ID:
            page = await self._audit.page(before=int(entry) + 1, limit=1)
            for found in page.entries:
                if found.id == int(entry) and found.action in CHANGES:
                    return found
        raise Refused(404, "not_found", "There is no such change of a setting.")

    async def _store(self, name: str, text: str, action: str, actor: str, **more: Any) -> None:
        """Store the JSON of a value, "" for none, and put it in force. Raises Refused."""
        if text:
            try:
                turned(self._gateway.housekeeping.settings, name, text)
            except ValueError as exc:
                raise _invalid(name, exc) from exc
        before, value_before = (await self._knobs.read()).values.get(name, ""), self._value(_field(name))
        await (self._knobs.put(name, text) if text else self._knobs.reset(name))
        await self._gateway.housekeeping.read_knobs()
        self._gateway.news.note("settings")
        detail = {
            "old": value_before,
            "new": self._value(_field(name)),
            "stored_before": _pieces(before),
            **more,
        }
        await self._audit.note(actor, action, name, detail)

    def _changeable(self, field: Field) -> None:
        """Raises Refused for what can only be changed where the gateway is started."""
        fixed = self._fixed_by(field)
        if not field.is_knob:
            raise Refused(
                409,
                "needs_restart",
                f"Set `{field.variable}`, or `{field.name}` below `[{field.section}]` in `config.toml`, "
                "and start the gateway anew.",
                where=field.name,
            )
        if fixed is not None:
            raise Refused(
                409,
                "fixed",
                f"`{fixed}` sets it where the gateway is started, and only there.",
                where=field.name,
            )

    def _view(self, field: Field, *, is_stored: bool) -> SettingView:
        value = self._value(field)
        is_shown = not field.is_secret
        return SettingView(
            name=field.name,
            variable=field.variable,
            kind=field.kind,
            description=field.description,
            unit=next((unit for end, unit in _UNITS.items() if field.name.endswith(end)), ""),
            choices=list(field.choices),
            value=value if is_shown else None,
            default=msgspec.to_builtins(field.default) if is_shown else None,
            is_secret=field.is_secret,
            is_set=value not in (None, "", (), [], {}),
            is_knob=field.is_knob,
            source=self._source(field, is_set=bool(value), is_stored=is_stored),
            fixed_by=self._fixed_by(field),
            effect="now" if field.is_knob else "after restart",
        )

    def _source(self, field: Field, *, is_set: bool, is_stored: bool) -> SettingSource:
        match self._gateway.settings.sources.named.get(field.name):
            case None if field.is_secret and is_set:
                return "generated"
            case None:
                return "panel" if is_stored and field.is_knob else "default"
            case source if source == ENVIRONMENT:
                return "environment"
            case source if source == COMMAND_LINE:
                return "command line"
            case _:
                return "file"

    def _fixed_by(self, field: Field) -> str | None:
        return self._gateway.settings.sources.fixed_by(field.section, field.name)

    def _value(self, field: Field) -> Any:
        """The value in force, as JSON has it."""
        section = getattr(self._gateway.housekeeping.settings, field.section)
        return msgspec.to_builtins(getattr(section, field.name))


def _pieces(text: str) -> list[str]:
    """JSON in pieces and in ASCII, which the audit log keeps whole however long it is."""
    plain = json.dumps(json.loads(text)) if text else ""
    return [plain[at : at + _PIECE] for at in range(0, len(plain), _PIECE)]


def _joined(pieces: object) -> str:
    return "".join(map(str, pieces)) if isinstance(pieces, list) else ""


def _field(name: str) -> Field:
    field = fields_by_name().get(name)
    if field is None:
        raise Refused(404, "not_found", "There is no setting of that name.")
    return field


def _invalid(name: str, exc: ValueError) -> Refused:
    said = str(exc).rstrip(".")
    variable = name.upper()
    sentence = said if said.startswith(variable) else f"{variable} {said}"
    return Refused(400, "invalid_value", f"{sentence}.", where=name)
