"""Models: who can serve each now, what is left, other names for them, and who steps in.

What is told of accounts comes from the same choice that requests get. Never: an unknown quota as a full one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

from app.addons.model_alias import ModelAlias, Options
from app.addons.spending import day_began
from app.admin.api.addons import AddonDesk
from app.admin.api.settings import SettingsDesk
from app.admin.refusals import Refused
from app.admin.schemas.models import (
    AliasesBody,
    AliasList,
    AliasRule,
    FallbackRule,
    LowestWindow,
    ModelList,
    ModelView,
    Resolution,
    ResolvedModel,
    Square,
)
from app.catalog.profile import ModelProfile
from app.errors import UnknownModel
from app.gateway.parts import Gateway
from app.ids import KeyId
from app.pool.explanation import Explanation, LaneStory
from app.settings.schema import Models
from app.store.grains import DAY_S
from app.store.usage_reader import Sums, UsageLine

SQUARES: Final = 100
_MOST_MODELS: Final = 1000
_NOTHING: Final = UsageLine(value="", sums=Sums(), first_output_p50_ms=None, first_output_p95_ms=None)


class ModelDesk:
    """Looks at the running pool and catalogue; changes names through the desks of settings and addons."""

    def __init__(self, gateway: Gateway, settings: SettingsDesk, addons: AddonDesk) -> None:
        self._gateway = gateway
        self._settings = settings
        self._addons = addons

    async def all(self) -> ModelList:
        """Every model and alias that lists show, and those that are hidden from them."""
        usage = await self._today()
        told: dict[tuple[str, str], Explanation] = {}
        views = []
        for profile in self._gateway.catalog.listed():
            name = (profile.group, profile.wire_id)
            if name not in told:
                told[name] = self._gateway.pool.explain(*name)
                await asyncio.sleep(0)  # thousands of accounts must not hold streams up
            views.append(self._view(profile, told[name], usage))
        return ModelList(models=views)

    async def busiest(self, limit: int) -> list[ModelView]:
        """The models that were asked for most in the last 24 hours; their numbers are those of that time."""
        now = self._gateway.clock.now()
        lines = (await self._gateway.store.usage_reader.table("model", now - DAY_S, now, limit=limit)).lines
        profiles = {profile.id: profile for profile in self._gateway.catalog.listed()}
        usage = {line.value: line for line in lines}
        return [
            self._view(profiles[name], self._explained(profiles[name]), usage)
            for name in usage
            if name in profiles
        ]

    async def one(self, name: str) -> ModelView:
        """One of them. Raises Refused."""
        for profile in self._gateway.catalog.listed():
            if profile.id == name:
                return self._view(profile, self._explained(profile), await self._today())
        raise Refused(404, "not_found", "There is no model of that name.")

    def explain(self, name: str) -> Explanation:
        """Who would serve a model now, and why the others would not. Raises UnknownModel."""
        return self._explained(self._gateway.catalog.resolve(name))

    async def hide(self, name: str, actor: str, *, hidden: bool) -> ModelView:
        """Leave a model out of lists, or list it again. Raises Refused."""
        await self.one(name)
        others = [one for one in self._names.hidden_models if one != name]
        await self._settings.change("hidden_models", [*others, name] if hidden else others, actor)
        return await self.one(name)

    async def aliases(self) -> AliasList:
        """Names and fallbacks that the operator chose."""
        options = self._options
        fixed = {one.name: one.fixed_by for one in self._addons.one(ModelAlias.name).options}
        setting = await self._settings.one("model_aliases")
        return AliasList(
            aliases=_rules(self._names.model_aliases.items()),
            fallbacks=[
                FallbackRule(model=model, then=list(chain)) for model, chain in options.fallbacks.items()
            ],
            renamed=_rules(options.aliases.items()),
            aliases_fixed_by=setting.fixed_by,
            fallbacks_fixed_by=fixed["fallbacks"],
        )

    async def set_aliases(self, body: AliasesBody, actor: str) -> AliasList:
        """All names and fallbacks anew; what is as it was is not touched. Raises Refused."""
        before = await self.aliases()
        self._check(body)
        if list(body.aliases) != before.aliases:
            names = {rule.name: rule.target for rule in body.aliases}
            await self._settings.change("model_aliases", names, actor)
        if list(body.fallbacks) != before.fallbacks:
            chains = {rule.model: rule.then for rule in body.fallbacks}
            await self._addons.configure(ModelAlias.name, {"fallbacks": chains}, actor)
        return await self.aliases()

    async def resolve(self, asked: str, key: str | None = None) -> Resolution:
        """The models that would be asked for a name, in order; with a key, whether it may use them."""
        allowed = await self._models_of(key)
        first = self._renamed(asked)
        chain = (first, *self._options.fallbacks.get(first, ()))
        return Resolution(
            asked=asked,
            renamed=None if first == asked else first,
            chain=[self._resolved(name, allowed) for name in chain],
        )

    @property
    def _names(self) -> Models:
        return self._gateway.housekeeping.settings.models

    @property
    def _options(self) -> Options:
        found = self._gateway.roster.find(ModelAlias.name)
        assert isinstance(found.options, Options), "the shipped addon has that name"
        return found.options if found.member.enabled else Options()

    async def _today(self) -> dict[str, UsageLine]:
        now = self._gateway.clock.now()
        table = await self._gateway.store.usage_reader.table(
            "model", day_began(now), now + 1, limit=_MOST_MODELS
        )
        return {line.value: line for line in table.lines}

    def _explained(self, profile: ModelProfile) -> Explanation:
        return self._gateway.pool.explain(profile.group, profile.wire_id)

    def _view(self, profile: ModelProfile, told: Explanation, usage: dict[str, UsageLine]) -> ModelView:
        behind = self._gateway.catalog.resolve(profile.id).id
        used = usage.get(behind, _NOTHING)
        return ModelView(
            id=profile.id,
            title=profile.display_name,
            wire_id=profile.wire_id,
            group=profile.group,
            target=None if behind == profile.id else behind,
            is_hidden=profile.id in self._names.hidden_models,
            able=_able(told),
            total=len(told.lanes),
            unknown=sum(lane.left is None for lane in told.lanes),
            lowest=_lowest(told.lanes),
            next_at=min(
                (
                    lane.until_epoch
                    for lane in told.lanes
                    if lane.place is None and lane.until_epoch is not None
                ),
                default=None,
            ),
            words=told.words,
            requests=used.sums.requests,
            failures=used.sums.failures,
            first_output_ms=used.first_output_p50_ms,
            squares=[_square(lane) for lane in told.lanes[:SQUARES]],
        )

    def _renamed(self, asked: str) -> str:
        aliases = self._options.aliases
        if asked in aliases:
            return aliases[asked]
        return next((model for name, model in aliases.items() if fnmatchcase(asked, name)), asked)

    def _resolved(self, name: str, allowed: frozenset[str] | None) -> ResolvedModel:
        try:
            profile = self._gateway.catalog.resolve(name)
        except UnknownModel as exc:
            return ResolvedModel(
                name=name, model=None, wire_id=None, allowed=False, able=0, words=exc.message
            )
        told = self._explained(profile)
        return ResolvedModel(
            name=name,
            model=profile.id,
            wire_id=profile.wire_id,
            allowed=allowed is None or profile.id in allowed or name in allowed,
            able=_able(told),
            words=told.words,
        )

    async def _models_of(self, key: str | None) -> frozenset[str] | None:
        if key is None:
            return None
        found = await self._gateway.store.keys.find(KeyId(key))
        if found is None:
            raise Refused(404, "not_found", "There is no key of that id.", where="key")
        return found.models

    def _check(self, body: AliasesBody) -> None:
        """Raises Refused for names that are twice there or lead nowhere."""
        _check_once([rule.name for rule in body.aliases], "aliases")
        _check_once([rule.model for rule in body.fallbacks], "fallbacks")
        for number, rule in enumerate(body.aliases):
            self._check_model(rule.target, f"aliases[{number}].target")
        for number, chain in enumerate(body.fallbacks):
            if len({chain.model, *chain.then}) <= len(chain.then):
                raise Refused(
                    400,
                    "invalid_request",
                    f"The fallbacks of `{chain.model}` name a model twice.",
                    where=f"fallbacks[{number}].then",
                )
            for model in chain.then:
                self._check_model(model, f"fallbacks[{number}].then")

    def _check_model(self, name: str, where: str) -> None:
        try:
            self._gateway.catalog.resolve(name)
        except UnknownModel as exc:
            raise Refused(400, "unknown_model", f"There is no model `{name}`.", where=where) from exc


def _check_once(names: Sequence[str], where: str) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Refused(400, "invalid_request", f"`{name}` is there twice.", where=f"{where}[{number}]")


def _rules(pairs: Iterable[tuple[str, str]]) -> list[AliasRule]:
    return [AliasRule(name=name, target=target) for name, target in pairs]


def _able(told: Explanation) -> int:
    return sum(lane.place is not None for lane in told.lanes)


def _lowest(lanes: Iterable[LaneStory]) -> LowestWindow | None:
    """The window of which least is left, of those whose quota is known."""
    known = [
        (window.left, lane, window) for lane in lanes for window in lane.windows if window.left is not None
    ]
    if not known:
        return None
    left, lane, window = min(known, key=lambda one: one[0])
    return LowestWindow(
        account=lane.account, email=lane.email, name=window.name, left=left, resets_at=window.resets_at
    )


def _square(lane: LaneStory) -> Square:
    return Square(
        account=lane.account,
        email=lane.email,
        state=lane.state.value,
        words=lane.words,
        able=lane.place is not None,
        until=lane.until_epoch,
    )
