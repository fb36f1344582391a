"""Schemas of the tools that Anthropic defines and the client runs.

The request names them by type only; the model needs to be told what they take.
Source: anthropic.md 6.1 and Anthropic's reference of these tools.
"""

from typing import Final

from msgspec import Struct

from app.wire import json


class BuiltinTool(Struct, frozen=True):
    """A typed tool. `name` stands in where the request gives none."""

    name: str
    description: str
    schema: bytes


def builtin_tool(kind: str) -> BuiltinTool | None:
    """The tool of a versioned type such as `bash_20250124`, None for other types."""
    return next((tool for prefix, tool in _BY_PREFIX.items() if kind.startswith(prefix)), None)


def _object(properties: dict[str, object], required: list[str]) -> bytes:
    return json.encode({"type": "object", "properties": properties, "required": required})


def _text(description: str) -> dict[str, object]:
    return {"type": "string", "description": description}


def _choice(description: str, words: list[str]) -> dict[str, object]:
    return {"type": "string", "enum": words, "description": description}


def _integers(description: str) -> dict[str, object]:
    return {"type": "array", "items": {"type": "integer"}, "description": description}


_BASH: Final = BuiltinTool(
    "bash",
    "Run commands in a persistent bash session and get their output.",
    _object(
        {
            "command": _text("The command to run. Not needed when the session is restarted."),
            "restart": {
                "type": "boolean",
                "description": "Restart the session instead of running a command.",
            },
        },
        [],
    ),
)

_EDITOR: Final = BuiltinTool(
    "str_replace_based_edit_tool",
    "View, create and edit text files.",
    _object(
        {
            "command": _choice("What to do.", ["view", "create", "str_replace", "insert", "undo_edit"]),
            "path": _text("Absolute path of the file or directory."),
            "file_text": _text("For create: the content of the new file."),
            "old_str": _text("For str_replace: the text to replace; it must occur exactly once."),
            "new_str": _text(
                "For str_replace: the new text. For insert of older versions: the text to insert."
            ),
            "insert_text": _text("For insert: the text to insert."),
            "insert_line": {"type": "integer", "description": "For insert: the line after which to insert."},
            "view_range": _integers("For view: first and last line; -1 is the end of the file."),
        },
        ["command", "path"],
    ),
)

_COMPUTER: Final = BuiltinTool(
    "computer",
    "Use a computer by its screen, keyboard and mouse. Take a screenshot to see the effect of an action.",
    _object(
        {
            "action": _choice(
                "What to do.",
                [
                    "screenshot",
                    "left_click",
                    "right_click",
                    "middle_click",
                    "double_click",
                    "triple_click",
                    "left_click_drag",
                    "left_mouse_down",
                    "left_mouse_up",
                    "mouse_move",
                    "cursor_position",
                    "scroll",
                    "type",
                    "key",
                    "hold_key",
                    "wait",
                    "zoom",
                ],
            ),
            "coordinate": _integers("x and y in pixels from the upper left corner."),
            "start_coordinate": _integers("For left_click_drag: x and y where the drag starts."),
            "text": _text(
                "For type: the text. For key and hold_key: the keys. For clicks: keys held meanwhile."
            ),
            "scroll_direction": _choice("For scroll.", ["up", "down", "left", "right"]),
            "scroll_amount": {"type": "integer", "description": "For scroll: number of clicks of the wheel."},
            "duration": {"type": "number", "description": "For hold_key and wait: seconds."},
            "region": _integers("For zoom: x0, y0, x1, y1 of the part to show."),
        },
        ["action"],
    ),
)

_MEMORY: Final = BuiltinTool(
    "memory",
    "Keep notes in files below /memories that outlive the conversation.",
    _object(
        {
            "command": _choice(
                "What to do.", ["view", "create", "str_replace", "insert", "delete", "rename"]
            ),
            "path": _text("Path of the file or directory, below /memories."),
            "file_text": _text("For create: the content of the file."),
            "old_str": _text("For str_replace: the text to replace."),
            "new_str": _text("For str_replace: the new text."),
            "insert_line": {"type": "integer", "description": "For insert: the line after which to insert."},
            "insert_text": _text("For insert: the text to insert."),
            "view_range": _integers("For view: first and last line."),
            "old_path": _text("For rename: the present path."),
            "new_path": _text("For rename: the new path."),
        },
        ["command"],
    ),
)

_BY_PREFIX: Final = {"bash_": _BASH, "text_editor_": _EDITOR, "computer_": _COMPUTER, "memory_": _MEMORY}
