"""The panel's files: read once, known by name, served under an address that changes with the content.

Only what was found at the start is served; a path never reaches the disk. Source: threats.md S27.
"""

import hashlib
from pathlib import Path

from msgspec import Struct

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(Struct, frozen=True):
    """One file. `mark` changes with the content."""

    content: bytes
    kind: str
    mark: str


class Assets:
    """Every file below a folder whose kind is known."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.suffix in _KINDS
        }

    def find(self, name: str) -> Asset | None:
        """The file of that name."""
        return self._files.get(name)

    def address(self, name: str) -> str:
        """The path of a file, with its mark. Raises KeyError for what is not there."""
        return f"/admin/static/{name}?v={self._files[name].mark}"


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, _KINDS[path.suffix], hashlib.sha256(content).hexdigest()[:12])
