"""The project's pages, read as tests need them: blocks of code, commands, links.

Never: what is right or wrong about them.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
GENERATED = frozenset({"settings.md", "errors.md", "commands.md", "plan.md"})
"""Pages in docs/reference that are made from the code."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


class Block(Struct, frozen=True):
    """A fenced block of code. `line` is that of its first line in the page."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class Curl(Struct, frozen=True):
    """What a curl line asks for. `shows_head`: the response's head is printed too."""

    url: str
    headers: dict[str, str]
    body: str | None
    shows_head: bool


def pages() -> list[Path]:
    """Every page of the project."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def written_pages() -> list[Path]:
    """The pages that people write."""
    return [page for page in pages() if page.parent.name != "reference" or page.name not in GENERATED]


def name_of(page: Path) -> str:
    """The page's path in the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[Block]:
    """The page's blocks of code, of these languages or of all."""
    text = page.read_text(encoding="utf-8")
    found = [
        Block(name_of(page), text.count("\n", 0, match.start(2)) + 1, match[1], match[2])
        for match in _FENCE.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """The words in the page's prose that are set as code."""
    return _SPAN.findall(prose(page))


def links(page: Path) -> list[str]:
    """Where the page's links lead."""
    return _LINK.findall(_SPAN.sub("", prose(page)))


def headings(page: Path, level: int) -> list[str]:
    """The page's headings of one level."""
    return [text for marks, text in _HEADING.findall(prose(page)) if len(marks) == level]


def anchors(page: Path) -> set[str]:
    """What may stand behind `#` in a link to the page, as GitHub makes it of headings."""
    return {
        re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
        for _, text in _HEADING.findall(prose(page))
    }


def commands(block: Block) -> Iterator[str]:
    """The commands of a block of shell, one by one, however many lines each takes."""
    command = ""
    for line in block.text.splitlines():
        command = f"{command}\n{line}" if command else line
        if not command.strip():
            command = ""
        elif not command.endswith("\\") and _is_whole(command):
            yield command
            command = ""


def read_curl(command: str) -> Curl:
    """A curl line of the kind that the pages have."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    url, body, flags = "", None, ""
    headers: dict[str, str] = {}
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word.startswith("-"):
            flags += word
        else:
            url = word
    return Curl(url, headers, body, "i" in flags)


def _is_whole(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:  # a quotation goes on in the next line
        return False
    return True
