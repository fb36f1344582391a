"""The list of single keys, and the switch for them. What they do is in `js/shortcuts.js`."""

from typing import Final

from quart import Blueprint, Response, request

from app.web.panel.frame import Frame

LETTERS: Final = (
    *(("o", "overview"), ("a", "accounts"), ("m", "models"), ("k", "keys"), ("r", "requests")),
    *(("u", "usage"), ("p", "playground"), ("j", "jobs"), ("s", "settings"), ("y", "system")),
)
"""What follows `g`, and the page it leads to."""
_SHORTCUTS: Final = (
    *((("/",), "find"), (("j", "k"), "move"), (("x",), "tick"), (("Enter",), "open"), (("e",), "enable")),
    *((("r",), "refresh"), (("?",), "list"), (("Esc",), "leave"), (("Ctrl", "Enter"), "send")),
)


def add_shortcuts(pages: Blueprint, frame: Frame) -> None:
    """Register `/admin/shortcuts`."""

    @pages.get("/shortcuts")
    async def shortcuts() -> Response:
        return frame.page(
            "shortcuts.html",
            "",
            shortcuts=_SHORTCUTS,
            letters=LETTERS,
            off=request.cookies.get("shortcuts") == "off",
            back=frame.came_from() or "/admin/",
        )
