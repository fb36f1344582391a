"""What was said about an addon while the gateway runs: options over those of the settings, on or off.

It is kept as JSON under `addon.NAME` among the stored knobs. Pure.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.settings.addons import STORED_PREFIX


class Turned(Struct, frozen=True, omit_defaults=True):
    """`options` holds values as JSON has them, by option."""

    options: dict[str, Any] = {}
    enabled: bool = True


AS_STARTED: Final = Turned()


def stored_name(addon: str) -> str:
    """The name under which it is stored."""
    return STORED_PREFIX + addon


def turned_of(stored: Mapping[str, str], name: str) -> Turned:
    """What is stored for the addon of that name. Raises ValueError for text that is something else."""
    text = stored.get(stored_name(name))
    if text is None:
        return AS_STARTED
    try:
        return msgspec.json.decode(text, type=Turned)
    except msgspec.MsgspecError as exc:
        raise ValueError(f"what is stored for the addon `{name}` cannot be read") from exc


def spelled(turned: Turned) -> str:
    """As it is stored; nothing when it says nothing."""
    return "" if turned == AS_STARTED else msgspec.json.encode(turned).decode()
