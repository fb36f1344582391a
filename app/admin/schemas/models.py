"""Models, their other names and who steps in for them, as the admin API takes and shows them."""

from typing import Annotated

import msgspec
from msgspec import Struct

from app.admin.schemas.base import Body
from app.plain import LINE_PATTERN

ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=LINE_PATTERN)]


class AliasRule(Body, frozen=True, kw_only=True):
    """Another name for a model. In `name`, `*` stands for anything."""

    name: ModelName
    target: ModelName


class FallbackRule(Body, frozen=True, kw_only=True):
    """Models that step in for `model`, in order."""

    model: ModelName
    then: Annotated[list[ModelName], msgspec.Meta(min_length=1, max_length=20)]


class AliasesBody(Body, frozen=True, kw_only=True):
    """All names and all fallbacks, in place of those that there were."""

    aliases: Annotated[tuple[AliasRule, ...], msgspec.Meta(max_length=200)] = ()
    fallbacks: Annotated[tuple[FallbackRule, ...], msgspec.Meta(max_length=200)] = ()


class AliasList(Struct, frozen=True, kw_only=True):
    """Names and fallbacks that the operator chose.

    An exact name goes before a pattern, and of patterns that with most literal characters. `renamed` are
    those of the addon `model_alias`, which count before all others and are not listed among the models.
    `aliases_fixed_by` and `fallbacks_fixed_by` name what has settled them where the gateway is started.
    """

    aliases: list[AliasRule]
    fallbacks: list[FallbackRule]
    renamed: list[AliasRule]
    aliases_fixed_by: str | None
    fallbacks_fixed_by: str | None


class ResolveQuery(Struct, frozen=True, kw_only=True):
    """A name as a client would send it, and the id of the key it would send along."""

    model: ModelName
    key: str | None = None


class ResolvedModel(Struct, frozen=True, kw_only=True):
    """One model of a chain. `model` is None where the name is known to nobody; `able` accounts would serve it
    now. `allowed` says whether the key may use it."""

    name: str
    model: str | None
    wire_id: str | None
    allowed: bool
    able: int
    words: str


class Resolution(Struct, frozen=True, kw_only=True):
    """What a name comes to: what an addon renames it to, and the models that would be asked, in order."""

    asked: str
    renamed: str | None
    chain: list[ResolvedModel]


class LowestWindow(Struct, frozen=True, kw_only=True):
    """The quota window of all accounts of which least is left. `left` is 0 to 1."""

    account: str
    email: str
    name: str
    left: float
    resets_at: float | None


class Square(Struct, frozen=True, kw_only=True):
    """How one account stands for a model. `able`: it would serve a request now."""

    account: str
    email: str
    state: str
    words: str
    able: bool
    until: float | None


class ModelView(Struct, frozen=True, kw_only=True):
    """One model or alias as clients may ask for it.

    `target` is the model behind an alias, else None. `able` of `total` accounts would serve it now.
    `lowest` is None where no quota is known, of `unknown` accounts it is not; `next_at` is when the next
    account comes back by itself. `requests` and `failures` are those of today (UTC) of the model behind.
    `first_output_ms` is the median of today, None without a request. Of many accounts only some stand in
    `squares`.
    """

    id: str
    title: str
    wire_id: str
    group: str
    target: str | None
    is_hidden: bool
    able: int
    total: int
    unknown: int
    lowest: LowestWindow | None
    next_at: float | None
    words: str
    requests: int
    failures: int
    first_output_ms: int | None
    squares: list[Square]


class ModelList(Struct, frozen=True, kw_only=True):
    """Every model that is offered."""

    models: list[ModelView]
