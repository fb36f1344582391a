"""Names for models that the operator chose, and models that step in when one cannot answer.

Unlike the aliases of the catalogue, these are not listed among the models and may hold patterns. A model
steps in only before anything has been sent. Never: decides whether an account may be tried again.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from app.errors import GatewayError, PoolError, UnknownModel, UpstreamError
from app.flow import Flow
from app.hooks.additions import Loader
from app.hooks.errors import BadOption
from app.hooks.spec import Addon
from app.hooks.stage import Proceed


class Options(Struct, frozen=True):
    """`aliases`: name or pattern to model. `fallbacks`: model to those that step in, in order."""

    aliases: Annotated[dict[str, str], Meta(description="Name or pattern to the model that answers.")] = {}
    fallbacks: Annotated[
        dict[str, tuple[str, ...]], Meta(description="Model to those that step in for it, in order.")
    ] = {}


class ModelAlias(Addon):
    """Renames on `prompt_read`, and brings the stage `fall_back` behind `read`."""

    name = "model_alias"
    options = Options

    def __init__(self) -> None:
        self._options = Options()

    @property
    def active(self) -> bool:
        """Whether a name was given."""
        return bool(self._options.aliases or self._options.fallbacks)

    def load(self, loader: Loader) -> None:
        """Add the stage."""
        loader.add_stage(FallBack(lambda: self._options.fallbacks), after="read")

    def configure(self, options: Options) -> None:
        """Take the names. A chain must not lead back to its own beginning."""
        for model, chain in options.fallbacks.items():
            if model in chain or len(set(chain)) != len(chain):
                raise BadOption(f"the fallbacks of `{model}` name a model twice", where="fallbacks")
        self._options = options

    async def prompt_read(self, flow: Flow) -> None:
        """Give the model its real name."""
        asked = flow.asked.model
        target = self._options.aliases.get(asked) or next(
            (model for name, model in self._options.aliases.items() if fnmatchcase(asked, name)), None
        )
        if target is not None and target != asked:
            flow.prompt = replace(flow.asked, model=target)
            flow.note("model-alias", f"{asked} is {target}")


class FallBack:
    """Asks the next model of the chain when one has no account left or its upstream fails."""

    name: ClassVar[str] = "fall_back"

    def __init__(self, fallbacks: Callable[[], Mapping[str, tuple[str, ...]]]) -> None:
        self._fallbacks = fallbacks

    async def __call__(self, flow: Flow, proceed: Proceed) -> None:
        asked, filters = flow.asked, len(flow.filters)
        models = (asked.model, *self._fallbacks().get(asked.model, ()))
        for model in models[:-1]:
            try:
                await proceed(flow)
            except (PoolError, UpstreamError, UnknownModel) as error:
                if flow.outbox.committed or not _may_pass(error):
                    raise
            else:
                return
            following = models[models.index(model) + 1]
            flow.note("model-fallback", f"{following} stepped in for {model}")
            # What later stages left of the attempt before; they write it anew.
            del flow.filters[filters:]
            flow.prompt, flow.profile, flow.encoded = replace(asked, model=following), None, None
        await proceed(flow)


def _may_pass(error: GatewayError) -> bool:
    """Whether the request itself is blameless, so that another model may take it."""
    return isinstance(error, PoolError | UnknownModel) or error.status == 429 or error.status >= 500
