"""Whether a file may be run with all rights of the gateway: only if nobody else could have written it.

Source: threats.md S33. On Windows there is nothing to look at. Never: reads the file.
"""

import os
import stat
from pathlib import Path
from typing import Final

from app.hooks.errors import AddonRefused

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_ROOT: Final = 0


def check_trusted(path: Path) -> None:
    """Look at the file and at the folders it and a link to it lie in. Raises AddonRefused with what to do."""
    if os.name == "nt":
        return
    real = path.resolve()
    for place in dict.fromkeys((real, real.parent, path.absolute().parent)):
        _check(path, place, place.stat())


def _check(path: Path, place: Path, seen: os.stat_result) -> None:
    what = "file" if place.is_file() else "folder"
    if seen.st_uid not in (_ROOT, os.geteuid()):
        raise AddonRefused(
            f"The addon file `{path}` is not loaded: the {what} `{place}` belongs to another user, "
            f"and an addon runs with all rights of the gateway. Run `chown {os.geteuid()} {place}`."
        )
    if seen.st_mode & _OTHERS_WRITE:
        raise AddonRefused(
            f"The addon file `{path}` is not loaded: other users may write the {what} `{place}`, "
            f"and an addon runs with all rights of the gateway. Run `chmod go-w {place}`."
        )
