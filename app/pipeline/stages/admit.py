"""May this caller have this model now: the model exists, the key may use it, there is room for a stream."""

from typing import ClassVar

from app.catalog.catalog import Catalog
from app.catalog.profile import ModelProfile
from app.errors import Forbidden, Overloaded, ShuttingDown
from app.flow import Flow
from app.ir.prompt import Prompt
from app.pipeline.stage import Proceed


class Floor:
    """How many flows are inside, and whether more may enter."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.inside = 0
        self.draining = False


class Admit:
    """Resolves the model and counts the flow in until it is over."""

    name: ClassVar[str] = "admit"

    def __init__(self, catalog: Catalog, floor: Floor) -> None:
        self._catalog = catalog
        self._floor = floor

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        self._admit(flow)
        self._floor.inside += 1
        try:
            await proceed(flow)
        finally:
            self._floor.inside -= 1

    def _admit(self, flow: Flow) -> None:
        prompt, caller = flow.asked, flow.known_caller
        profile = self._profile(prompt)
        if (
            caller.models is not None
            and profile.id not in caller.models
            and prompt.model not in caller.models
        ):
            raise Forbidden(f"This API key may not use the model `{prompt.model}`.", where="model")
        if self._floor.draining:
            raise ShuttingDown("The gateway is shutting down; try again in a moment.", retry_after_s=5)
        if self._floor.most and self._floor.inside >= self._floor.most:
            raise Overloaded("The gateway is serving as many requests as it can.", retry_after_s=2)
        flow.profile = profile

    def _profile(self, prompt: Prompt) -> ModelProfile:
        """The model asked for; a request that only searches the web goes to the one that can."""
        asked = self._catalog.resolve(prompt.model)
        if prompt.search is None:
            return asked
        return self._catalog.search_model()
