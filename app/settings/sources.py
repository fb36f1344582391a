"""Where the values of settings came from, for those that are not defaults.

Never: a value.
"""

from typing import Final

from msgspec import Struct

ENVIRONMENT: Final = "the environment"
COMMAND_LINE: Final = "the command line"


class Sources(Struct, frozen=True):
    """`named` holds, by the setting's name, `ENVIRONMENT`, `COMMAND_LINE` or the name of the file."""

    named: dict[str, str] = {}

    def fixed_by(self, section: str, name: str) -> str | None:
        """What has to be changed to change a setting; None for one that stands nowhere."""
        match self.named.get(name):
            case None:
                return None
            case source if source == ENVIRONMENT:
                return name.upper()
            case source if source == COMMAND_LINE:
                return f"--{name.replace('_', '-')}"
            case file:
                return f"[{section}] {name} in {file}"
