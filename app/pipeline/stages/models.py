"""The models on offer, as the dialect lists them."""

from typing import ClassVar

from app.catalog.catalog import Catalog
from app.flow import Flow
from app.pipeline.stage import Proceed


class ListModels:
    """Answers with all models that the caller may use."""

    name: ClassVar[str] = "list_models"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        allowed = flow.known_caller.models
        offered = [profile for profile in self._catalog.offered() if allowed is None or profile.id in allowed]
        flow.outbox.put(flow.dialect.list_models(offered, flow.params))
        await proceed(flow)


class ShowModel:
    """Answers with one model, under any of its names."""

    name: ClassVar[str] = "show_model"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        profile = self._catalog.resolve(flow.params.path_id)
        flow.outbox.put(flow.dialect.show_model(profile, flow.params))
        await proceed(flow)
