"""Where the files are that are not code: in a checkout, and in an installed wheel.

In a checkout they are folders at its root, in a wheel they lie below `app/_bundled`.
Never: reads them.
"""

from importlib.util import find_spec
from pathlib import Path

_APP = Path(__file__).parent
_BUNDLED = _APP / "_bundled"


def folder(name: str) -> Path:
    """The folder `name`, for example `admin_ui`. Raises FileNotFoundError when the installation lacks it."""
    for candidate in (_BUNDLED / name, _APP.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"The installation is incomplete: its folder `{name}` is missing.")


def migrations_package() -> str:
    """The import name of the package with the database migrations."""
    is_wheel = (_BUNDLED / "migrations").is_dir() and find_spec("app._bundled") is not None
    return "app._bundled.migrations" if is_wheel else "migrations"
