"""Names to profiles: what a caller may write in `model`, and what is offered.

Pure and immutable: news from the upstream makes a new catalogue. Source: anthropic.md 19.3, openai.md 5.1
and 11. Never: I/O, or a rule about a single model that is not data in `builtin`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from typing import Final, TypeAlias

from msgspec import structs

from app.catalog.builtin import ALIASES, PREDECESSORS, PROFILES, TEMPLATES
from app.catalog.profile import ModelProfile
from app.errors import BadRequest, UnknownModel

Rules: TypeAlias = Sequence[tuple[str, str]]
"""Pattern to id; `*` stands for anything."""

_VENDOR: Final = re.compile(
    r"^(?:(?:us|eu|apac|jp|global)\.)?anthropic[./]|^(?:publishers/[a-z]+/)?models/|^(?:openrouter|google|openai)/"
)
_VERSION: Final = re.compile(r"(?:\[1m\]|-v\d+:\d+|@.*|-latest)$")
_DOT: Final = re.compile(r"(?<=\d)\.(?=\d)")
_DATE: Final = re.compile(r"-20\d{6}$")
_LONGEST_NAME: Final = 256
_MOST_RESOLVED: Final = 1024

_SUFFIXES: Final[Mapping[str, int | None]] = {
    "-thinking": None,
    "-minimal": 1024,
    "-low": 1024,
    "-medium": 8192,
    "-high": 24576,
}
"""Ends of names that ask for thinking; None keeps the model's own budget."""


class Catalog:
    """Resolves names.

    `aliases` are the shipped rules, `operator_aliases` the operator's: an exact name goes before a
    pattern, and of the patterns the one with most literal characters wins. `hidden` are ids and aliases that
    are not listed.
    """

    def __init__(
        self,
        profiles: Iterable[ModelProfile] = PROFILES,
        *,
        aliases: Rules = ALIASES,
        operator_aliases: Mapping[str, str] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self._profiles = tuple(profiles)
        self._aliases = tuple(aliases)
        self._operator_aliases = dict(operator_aliases or {})
        self._hidden = frozenset(hidden)
        self._by_name = {canonical(profile.id): profile for profile in reversed(self._profiles)}
        self._rules = _compiled(self._aliases)
        exact = {k: v for k, v in self._operator_aliases.items() if "*" not in k}
        patterns = [(k, v) for k, v in self._operator_aliases.items() if "*" in k]
        patterns.sort(key=lambda rule: -len(rule[0].replace("*", "")))
        self._operator_exact = {canonical(name): target for name, target in exact.items()}
        self._operator_rules = _compiled(patterns)
        self._listed = tuple(self._list())
        self._offered = tuple(profile for profile in self._listed if profile.id not in self._hidden)
        self._resolved: dict[str, ModelProfile] = {}

    def resolve(self, name: str) -> ModelProfile:
        """The profile that answers to `name`. Raises UnknownModel."""
        found = self._resolved.get(name)
        if found is None:
            found = self._find(canonical(name)) if len(name) <= _LONGEST_NAME else None
            if found is None:
                raise UnknownModel(name)
            if len(self._resolved) < _MOST_RESOLVED:
                self._resolved[name] = found
        return found

    def offered(self) -> tuple[ModelProfile, ...]:
        """What model lists show, newest first; the operator's exact aliases under their own names."""
        return self._offered

    def listed(self) -> tuple[ModelProfile, ...]:
        """The same with those that the operator hides."""
        return self._listed

    def search_model(self) -> ModelProfile:
        """The first model that can search the web. Raises BadRequest when there is none."""
        for profile in self._profiles:
            if profile.search:
                return profile
        raise BadRequest("No model that can search the web is offered here.", where="tools")

    def with_live(self, models: frozenset[str], deprecated: Mapping[str, str]) -> "Catalog":
        """A catalogue of what the upstream lists now: `models` by wire id, `deprecated` from old to new id.

        A vanished wire id gives way to its successor, then to what it replaced; a profile without either
        is gone. Models not known here get the profile of their kind. An empty list changes nothing.
        """
        if not models:
            return self
        alive: list[ModelProfile] = []
        for profile in self._profiles:
            wire = next((w for w in _wires(profile, deprecated) if w in models), None)
            if wire is not None:
                alive.append(structs.replace(profile, wire_id=wire))
        known = {canonical(profile.id) for profile in alive} | {profile.wire_id for profile in alive}
        fresh = sorted(m for m in models if m not in known and canonical(m) not in known)
        alive.extend(made for made in map(_from_template, fresh) if made is not None)
        return Catalog(
            alive,
            aliases=_retargeted(self._aliases, self._profiles, alive),
            operator_aliases=self._operator_aliases,
            hidden=self._hidden,
        )

    def _find(self, asked: str) -> ModelProfile | None:
        target = self._operator_exact.get(asked) or _first_match(self._operator_rules, asked)
        if target is not None and (found := self._without_operator(canonical(target))):
            return found
        return self._without_operator(asked)

    def _without_operator(self, asked: str) -> ModelProfile | None:
        return (
            self._by_name.get(asked)
            or self._by_name.get(_DATE.sub("", asked))
            or self._by_suffix(asked)
            or self._by_rule(asked)
        )

    def _by_suffix(self, asked: str) -> ModelProfile | None:
        for suffix, budget in _SUFFIXES.items():
            if asked.endswith(suffix):
                base = self._without_operator(asked.removesuffix(suffix))
                return base and _thinking(base, budget)
        return None

    def _by_rule(self, asked: str) -> ModelProfile | None:
        target = _first_match(self._rules, asked)
        return None if target is None else self._by_name.get(canonical(target))

    def _list(self) -> Iterator[ModelProfile]:
        shown = sorted(
            (profile for profile in self._profiles if not profile.hidden), key=lambda p: (-p.created, p.id)
        )
        names = {profile.id for profile in shown}
        for alias in sorted(self._operator_aliases):
            if "*" not in alias and alias not in names and (target := self._find(canonical(alias))):
                yield structs.replace(target, id=alias)
        yield from shown


def canonical(name: str) -> str:
    """`name` without what vendors and clients hang on: prefixes, versions, case, dots between digits."""
    name = name.strip().lower()
    while (shorter := _VERSION.sub("", _VENDOR.sub("", name))) != name:
        name = shorter
    return _DOT.sub("-", name)


def _compiled(rules: Rules) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(translate(_as_pattern(pattern))), target) for pattern, target in rules)


def _as_pattern(text: str) -> str:
    return re.sub(r"(?<=[\d\]])\.(?=[\d?])", "-", text.strip().lower())


def _first_match(rules: Iterable[tuple[re.Pattern[str], str]], name: str) -> str | None:
    return next((target for pattern, target in rules if pattern.match(name)), None)


def _thinking(profile: ModelProfile, budget: int | None) -> ModelProfile:
    if profile.thinking is None:
        return profile
    return structs.replace(
        profile, default_thinking=True, named_thinking=True, default_budget=budget or profile.default_budget
    )


def _wires(profile: ModelProfile, deprecated: Mapping[str, str]) -> Iterator[str]:
    yield profile.wire_id
    for old in (profile.wire_id, profile.id):
        seen = {old}
        while (old := deprecated.get(old, "")) and old not in seen:
            seen.add(old)
            yield old
    yield profile.id
    yield from PREDECESSORS.get(profile.wire_id, ())


def _from_template(wire_id: str) -> ModelProfile | None:
    template = _first_match(_TEMPLATES, canonical(wire_id))
    if template is None:
        return None
    profile = next(profile for profile in PROFILES if profile.id == template)
    name = wire_id.replace("-", " ").title()
    return structs.replace(profile, id=wire_id, wire_id=wire_id, display_name=name, search=False)


def _retargeted(
    aliases: Rules, before: Sequence[ModelProfile], alive: Sequence[ModelProfile]
) -> list[tuple[str, str]]:
    """The rules with vanished targets replaced by the newest living model of the same kind."""
    living = {profile.id for profile in alive}
    kinds = {profile.id: (profile.family, profile.images_out) for profile in before}
    newest: dict[tuple[str, bool], ModelProfile] = {}
    for profile in alive:
        kind = (profile.family, profile.images_out)
        if kind not in newest or profile.created > newest[kind].created:
            newest[kind] = profile
    out: list[tuple[str, str]] = []
    for pattern, target in aliases:
        if target not in living and (successor := newest.get(kinds.get(target, ("", False)))):
            target = successor.id
        out.append((pattern, target))
    return out


_TEMPLATES: Final = _compiled(TEMPLATES)
