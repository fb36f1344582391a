"""Addons: shown, configured, switched, loaded anew. Every change is in force at once and survives a restart.

Never: takes a file; what is loaded is said where the gateway is started. Source: threats.md S33.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import structs

from app import __version__
from app.admin.refusals import Refused
from app.admin.schemas.addons import AddonList, AddonView, OptionView
from app.gateway.parts import Gateway
from app.gateway.turns import ALWAYS_ON
from app.hooks.errors import AddonRefused, BadOption, FixedOption
from app.hooks.forms import FormField
from app.hooks.life import Loaded
from app.hooks.loader import is_file
from app.hooks.member import BUILT_IN, described, version_of
from app.hooks.spec import HOOKS
from app.hooks.turned import Turned
from app.observe.redaction import Redactor
from app.settings.fields import secrets_of


class AddonDesk:
    """Acts on the running addons. `actor` is who asks, for the audit log."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._roster = gateway.roster

    def all(self) -> AddonList:
        """Every addon, in the order in which they are called."""
        return AddonList(addons=[self.one(member.name) for member in self._roster.members])

    def one(self, name: str) -> AddonView:
        """One addon as it stands. Raises Refused."""
        try:
            found = self._roster.find(name)
        except KeyError as exc:
            raise _unknown() from exc
        trouble = self._roster.troubles.of(name)
        return AddonView(
            **_of_member(found),
            **_of_additions(found),
            can_switch=name not in ALWAYS_ON,
            errors=trouble.count,
            last_error=self._redactor().text(trouble.last),
            last_error_at=trouble.at,
            options=[_option(field) for field in self._roster.form_of(name)],
        )

    async def configure(self, name: str, values: Mapping[str, Any], actor: str) -> AddonView:
        """Change options. Raises Refused; `where` is the option that is wrong."""
        before = _values(self.one(name))
        shown = await self._done(name, lambda: self._gateway.addons.configure(name, values))
        after = _values(shown)
        told = {
            "old": {option: before.get(option) for option in values},
            "new": {option: after.get(option) for option in values},
        }
        await self._note(actor, "addon.configure", name, told)
        return shown

    async def reset(self, name: str, option: str, actor: str) -> AddonView:
        """Take back what was said of an option while running. Raises Refused."""
        before = _values(self.one(name))
        if option not in before:
            raise Refused(404, "not_found", "The addon has no option of that name.")

        def without(turned: Turned) -> Turned:
            left = {field: value for field, value in turned.options.items() if field != option}
            return structs.replace(turned, options=left)

        shown = await self._done(name, lambda: self._gateway.addons.turn(name, without))
        told = {"old": {option: before[option]}, "new": {option: _values(shown).get(option)}}
        await self._note(actor, "addon.reset", name, told)
        return shown

    async def switch(self, name: str, actor: str, *, enabled: bool) -> AddonView:
        """Switch an addon on or off, for requests that begin from now on. Raises Refused."""
        if name in ALWAYS_ON and not enabled:
            raise Refused(
                409, "always_on", f"`{name}` holds keys to their limits and cannot be switched off."
            )

        def switched(turned: Turned) -> Turned:
            return structs.replace(turned, enabled=enabled)

        shown = await self._done(name, lambda: self._gateway.addons.turn(name, switched))
        await self._note(actor, "addon.enable" if enabled else "addon.disable", name)
        return shown

    async def reload(self, name: str, actor: str) -> AddonView:
        """Load the file of an addon anew, with all addons in it. Raises Refused."""
        shown = await self._done(name, lambda: self._gateway.addons.reload(name))
        await self._note(actor, "addon.reload", name, {"version": shown.version})
        return shown

    async def _done(self, name: str, change: Callable[[], Awaitable[None]]) -> AddonView:
        try:
            await change()
        except KeyError as exc:
            raise _unknown() from exc
        except FixedOption as exc:
            raise Refused(409, "fixed", self._sentence(exc), where=exc.where) from exc
        except BadOption as exc:
            raise Refused(400, "invalid_option", self._sentence(exc), where=exc.where) from exc
        except AddonRefused as exc:
            raise Refused(409, "addon_refused", self._sentence(exc)) from exc
        self._gateway.news.note("settings")
        return self.one(name)

    async def _note(
        self, actor: str, action: str, name: str, told: Mapping[str, object] | None = None
    ) -> None:
        await self._gateway.store.audit.note(actor, action, name, told)

    def _sentence(self, exc: Exception) -> str:
        """What an addon said of itself, which may hold anything."""
        said = self._redactor().text(str(exc)).rstrip(".")
        return f"{said[:1].upper()}{said[1:]}."

    def _redactor(self) -> Redactor:
        return Redactor((*secrets_of(self._gateway.settings), *self._roster.secrets()))


def _unknown() -> Refused:
    return Refused(404, "not_found", "There is no addon of that name.")


def _values(shown: AddonView) -> dict[str, Any]:
    """What may be told of its options."""
    return {option.name: option.value for option in shown.options}


def _of_member(found: Loaded) -> dict[str, Any]:
    one = found.member
    is_builtin = one.source == BUILT_IN
    return {
        "name": one.name,
        "version": version_of(one.addon) or (__version__ if is_builtin else ""),
        "description": described(one.addon),
        "source": one.source,
        "is_builtin": is_builtin,
        "is_file": is_file(one.source),
        "enabled": one.enabled,
        "active": one.is_active,
        "tolerant": one.tolerant,
        "hooks": [hook.name for hook in HOOKS if hook.name in one.hooks],
        "remarks": list(one.remarks),
    }


def _of_additions(found: Loaded) -> dict[str, Any]:
    """What it brings, in force or not."""
    brought = found.additions
    return {
        "stages": [each.stage.name for each in brought.stages],
        "dialects": [each.name for each in brought.dialects],
        "models": [model.id for each in brought.upstreams for model in each.models],
        "views": [f"{each.method} {each.where}" for each in brought.views],
        "jobs": len(brought.jobs),
    }


def _option(field: FormField) -> OptionView:
    shown = structs.asdict(field)
    return OptionView(**{**shown, "choices": list(field.choices)})
