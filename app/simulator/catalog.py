"""Which models exist, as data: two catalogue eras and whatever file a test brings.

Nothing here is about one account or one host. Source of the shipped data: upstream.md 4.2 and 4.3.
"""

from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

Family = Literal["gemini", "claude", "openai"]
Pace = Literal["flash", "pro", "claude", "gpt_oss", "image"]

MEDIA_TYPES = (
    "image/png", "image/jpeg", "image/webp", "image/gif", "image/heic", "image/heif",
    "application/pdf", "audio/mpeg", "audio/wav", "video/mp4", "text/plain",
)  # fmt: skip


class Model(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One upstream model and its manners."""

    id: str
    family: Family
    display_name: str
    group: str
    context: int
    max_output: int
    pace: Pace
    weight: float = 1.0
    thinking_min: int = 0
    thinking_max: int = 0
    official_budget: int | None = None
    levels: tuple[str, ...] = ()
    thinking_off: bool = False
    thinking_dynamic: bool = False
    always_thinks: bool = False
    prefill: bool = True
    needs_signature: bool = False
    stream_only: bool = False
    min_version: str = "0.0.0"
    makes_images: bool = False
    takes_media: bool = False
    internal: bool = False
    enum_name: str = ""

    @property
    def can_think(self) -> bool:
        """Whether a thinking budget means anything to it."""
        return self.thinking_max > 0


class Catalog(Struct, frozen=True, forbid_unknown_fields=True):
    """The models of one era."""

    name: str
    default_model: str
    web_search: tuple[str, ...]
    image_generation: tuple[str, ...]
    deprecated: dict[str, str]
    models: tuple[Model, ...]

    def find(self, model_id: str) -> Model | None:
        """The model of that id; `models/` in front of it is understood."""
        wanted = model_id.removeprefix("models/")
        return next((model for model in self.models if model.id == wanted), None)


def load_catalog(name: str) -> Catalog:
    """A shipped era by its name, or any file by its path."""
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return msgspec.json.decode(path.read_bytes(), type=Catalog)
    data = resources.files("app.simulator").joinpath("data", f"{name}.json").read_bytes()
    return msgspec.json.decode(data, type=Catalog)
