"""What the recorder has written down of single requests, found by the request's id.

Secrets were taken out when it was written. Never: writes or deletes anything.
"""

import asyncio
import re
from pathlib import Path
from typing import Final

from app.addons.recorder import Options, Recorder
from app.admin.refusals import Refused
from app.gateway.parts import Gateway
from app.wire import play
from app.wire.play import Script

_ID: Final = re.compile(r"req_[0-9A-Za-z]{1,64}")


class Recordings:
    """Reads the folder that the recorder's options name now."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def folder(self) -> Path | None:
        """Where recordings are, None while nothing is recorded."""
        options = self._gateway.roster.options_of(Recorder.name)
        return Path(options.folder) if isinstance(options, Options) and options.folder else None

    async def text(self, flow: str) -> str | None:
        """The recording as it was written, None when there is none."""
        folder = self.folder
        if folder is None or _ID.fullmatch(flow) is None:
            return None
        return await asyncio.to_thread(_read, folder, flow)

    async def find(self, flow: str) -> Script:
        """The recording of a request. Raises Refused."""
        text = await self.text(flow)
        if text is None:
            raise Refused(404, "not_recorded", "This request was not recorded.")
        try:
            return play.read(text)
        except ValueError as exc:
            raise Refused(404, "not_recorded", "The recording of this request cannot be read.") from exc


def _read(folder: Path, flow: str) -> str | None:
    path = next(folder.glob(f"*-{flow}.play"), None)
    return None if path is None else path.read_text(encoding="utf-8")
