"""The shipped plan: which stages each operation runs through, in order."""

from app.hooks.table import HookTable
from app.pipeline.plan import Plan
from app.pipeline.stage import Stage
from app.pipeline.stages.acknowledge import Acknowledge
from app.pipeline.stages.admit import Admit
from app.pipeline.stages.authenticate import Authenticate
from app.pipeline.stages.convert import Convert
from app.pipeline.stages.count import Count
from app.pipeline.stages.lease import Borrow
from app.pipeline.stages.models import ListModels, ShowModel
from app.pipeline.stages.normalize_images import NormalizeImages
from app.pipeline.stages.read import Read
from app.pipeline.stages.relay import Relay
from app.pipeline.stages.sanitize_thinking import SanitizeThinking


def shipped_plan(
    *,
    authenticate: Authenticate,
    read: Read,
    admit: Admit,
    sanitize_thinking: SanitizeThinking,
    normalize_images: NormalizeImages,
    convert: Convert,
    lease: Borrow,
    relay: Relay,
    count: Count,
    list_models: ListModels,
    show_model: ShowModel,
    hooks: HookTable = HookTable(),  # noqa: B008 - immutable
) -> Plan:
    """The plan that a gateway starts with; addons may insert stages into it."""
    generate: tuple[Stage, ...] = (
        authenticate,
        read,
        admit,
        sanitize_thinking,
        normalize_images,
        convert,
        lease,
        relay,
    )
    return Plan(
        {
            "generate": generate,
            "count": (authenticate, read, admit, count),
            "list_models": (authenticate, list_models),
            "get_model": (authenticate, show_model),
            "acknowledge": (Acknowledge(),),
        },
        hooks,
    )
