"""The stable face for addons: everything that one needs, and nothing else may be relied on.

    from app.addon import Addon, Flow

These names follow semantic versioning; a test pins them. They are re-exports: no logic lives here.
"""

from msgspec import Struct, field
from msgspec.structs import replace

from app.catalog.profile import ModelProfile, ThinkingRange
from app.dialects.base import Dialect, Endpoint, Params, Writer
from app.errors import (
    BadRequest,
    Forbidden,
    GatewayError,
    LimitReached,
    NotFound,
    PoolError,
    UnknownModel,
    UpstreamError,
)
from app.flow import Attempt, Caller, Flow, Note
from app.hooks.additions import AdminCall, Loader
from app.hooks.errors import BadOption
from app.hooks.options import Secret
from app.hooks.spec import Addon
from app.hooks.stage import Proceed, Stage
from app.ids import Ids
from app.ir.answer import Answer, Collector, collect, unfold
from app.ir.events import (
    ArgsDelta,
    Begin,
    BlobOut,
    Close,
    End,
    Event,
    Extra,
    Fault,
    Signed,
    TextDelta,
    TextOpen,
    ThoughtDelta,
    ThoughtOpen,
    ToolOpen,
)
from app.ir.parts import Blob, Link, Opaque, Part, Text, Thought, ToolCall, ToolResult
from app.ir.prompt import Prompt, ToolSpec, Turn
from app.ir.usage import Usage
from app.jobs.scheduler import Job
from app.pool.model import PoolChange
from app.upstreams.base import Call, Credential, Decoder, Encoded, Upstream

__all__ = [
    "Addon",
    "AdminCall",
    "Answer",
    "ArgsDelta",
    "Attempt",
    "BadOption",
    "BadRequest",
    "Begin",
    "Blob",
    "BlobOut",
    "Call",
    "Caller",
    "Close",
    "Collector",
    "Credential",
    "Decoder",
    "Dialect",
    "Encoded",
    "End",
    "Endpoint",
    "Event",
    "Extra",
    "Fault",
    "Flow",
    "Forbidden",
    "GatewayError",
    "Ids",
    "Job",
    "LimitReached",
    "Link",
    "Loader",
    "ModelProfile",
    "NotFound",
    "Note",
    "Opaque",
    "Params",
    "Part",
    "PoolChange",
    "PoolError",
    "Proceed",
    "Prompt",
    "Secret",
    "Signed",
    "Stage",
    "Struct",
    "Text",
    "TextDelta",
    "TextOpen",
    "ThinkingRange",
    "Thought",
    "ThoughtDelta",
    "ThoughtOpen",
    "ToolCall",
    "ToolOpen",
    "ToolResult",
    "ToolSpec",
    "Turn",
    "UnknownModel",
    "Upstream",
    "UpstreamError",
    "Usage",
    "Writer",
    "collect",
    "field",
    "replace",
    "unfold",
]
