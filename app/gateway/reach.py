"""Who can be asked and for what: the shipped upstream, those that addons bring, and the models of both.

Pure: a changed roster of addons is another Reach.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from app.catalog.builtin import PROFILES
from app.catalog.catalog import Catalog
from app.hooks.additions import AddedUpstream
from app.hooks.errors import AddonRefused
from app.registry import Lender, NameTaken, Upstreams
from app.settings.schema import Models
from app.upstreams.base import Upstream


class Reach(Struct, frozen=True):
    """Every model with who answers for it and where its attempts get an account."""

    catalog: Catalog
    lender: Lender
    upstream: Upstream


MakeReach: TypeAlias = Callable[[Sequence[AddedUpstream]], Reach]
"""The reach with what addons bring. Raises AddonRefused."""


def reach_over(shipped: Upstream, pool: Lender, models: Callable[[], Models]) -> MakeReach:
    """How to make a reach over the shipped upstream and its accounts; `models` is how the
    operator wants them called."""

    def make(added: Sequence[AddedUpstream]) -> Reach:
        try:
            upstreams = Upstreams(shipped, [(one.upstream, one.models) for one in added])
        except NameTaken as exc:
            raise AddonRefused(f"An addon's upstream cannot be used: {exc}.") from exc
        names = models()
        catalog = Catalog(
            (*PROFILES, *upstreams.models),
            operator_aliases=names.model_aliases,
            hidden=names.hidden_models,
        )
        return Reach(catalog, upstreams.lender(pool), upstreams.whole())

    return make
