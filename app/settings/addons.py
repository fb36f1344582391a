"""Values for addons' options as they were given; what they mean only the addons know.

Never: shown in a log or a message; any of them may be a secret.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

PREFIX: Final = "ADDON_"

STORED_PREFIX: Final = "addon."
"""What is stored for an addon while running has a name that begins so; no knob's does."""


class AddonValues(Struct, frozen=True):
    """`tables` holds `[addons.NAME]` of the file by name, `texts` the variables that begin with `ADDON_`."""

    tables: dict[str, dict[str, Any]] = {}
    texts: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"AddonValues({sorted(self.tables)}, {sorted(self.texts)})"


def texts_of(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables for addons."""
    return {name: text for name, text in environ.items() if name.startswith(PREFIX) and text.strip()}
