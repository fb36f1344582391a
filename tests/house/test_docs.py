"""What the pages say is so: links lead somewhere, code is code, names exist."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

import run
from app.catalog.builtin import PROFILES
from app.cli.main import main
from app.settings.addons import PREFIX as OPTION_PREFIX
from app.settings.fields import all_fields
from tests.support.documents import (
    ROOT,
    Block,
    anchors,
    blocks,
    commands,
    headings,
    links,
    name_of,
    pages,
    prose,
    read_curl,
    spans,
    written_pages,
)

README, CHINESE = ROOT / "README.md", ROOT / "README.zh.md"
DEPENDENCIES = ROOT / "docs/explanation/dependencies.md"
TASKS = frozenset({"check", "test", "bench", "docs"})
"""Verbs of `run.py` that are not commands of the product."""

FOREIGN = frozenset({"EXPORT_PASSPHRASE", "HTTP_PROXY", "KEY", "RST_STREAM"})
"""Names in capitals that are no settings; those of client programs are told by their beginning."""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PORT|HOST|METRICS|ADDONS")
_ASSIGNED = re.compile(r"^(?:export )?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
_IN_DOCKER = re.compile(r"docker compose (?:run --rm proxy|exec proxy antigravity-proxy) (.+)")


def every_block(*languages: str) -> Iterator[Block]:
    for page in written_pages():
        yield from blocks(page, *languages)


def every_command() -> Iterator[tuple[Block, str]]:
    for block in every_block("sh"):
        for command in commands(block):
            yield block, command


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """style.md 13."""
    lost = []
    for link in links(page):
        target, _, anchor = unquote(link).partition("#")
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(link)

    assert lost == []


def test_every_python_block_compiles() -> None:
    """style.md 13."""
    for block in every_block("python"):
        compile(block.text, str(block), "exec")


def test_every_json_and_toml_block_parses() -> None:
    """style.md 13."""
    for block in every_block("json"):
        json.loads(block.text)
    for block in every_block("toml"):
        tomllib.loads(block.text)


def test_every_body_of_a_curl_line_is_json() -> None:
    """style.md 13."""
    bodies = [
        (block, body)
        for block, command in every_command()
        if command.startswith("curl ") and (body := read_curl(command).body) is not None
    ]

    assert bodies
    for block, body in bodies:
        assert isinstance(json.loads(body), dict), block


def test_every_command_of_a_block_exists_with_its_options() -> None:
    """style.md 13."""
    checked = 0
    for block, command in every_command():
        if (words := _words_of_ours(command)) is not None:
            trouble = _trouble_with(words, is_whole=True)
            assert trouble is None, f"{block}: {command}: {trouble}"
            checked += 1

    assert checked > 10


@pytest.mark.parametrize("page", written_pages(), ids=name_of)
def test_every_command_in_the_prose_exists(page: Path) -> None:
    """style.md 13."""
    troubles = {
        span: trouble
        for span in spans(page)
        if (words := _words_of_ours(span)) is not None
        and (trouble := _trouble_with(words, is_whole=False)) is not None
    }

    assert troubles == {}


@pytest.mark.parametrize("page", written_pages(), ids=name_of)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    """style.md 13."""
    known = {field.variable for field in all_fields()} | FOREIGN
    named = {name for span in spans(page) for name in re.split(r"[=\s]", span) if _VARIABLE.fullmatch(name)}
    for block in blocks(page, "sh"):
        named.update(_ASSIGNED.findall(block.text))

    assert {
        name for name in named - known if not name.startswith(("ANTHROPIC_", "OPENAI_", OPTION_PREFIX))
    } == set()


def test_both_readmes_have_the_same_shape() -> None:
    """The Chinese page says what the English one says."""
    assert len(headings(CHINESE, 2)) == len(headings(README, 2))
    assert [block.language for block in blocks(CHINESE)] == [block.language for block in blocks(README)]
    assert [block.text.replace("你好！", "Hello!") for block in blocks(CHINESE)] == [
        block.text for block in blocks(README)
    ]
    assert len(_rows(CHINESE)) == len(_rows(README))


@pytest.mark.parametrize("page", [README, CHINESE], ids=name_of)
def test_the_table_of_models_is_that_of_the_catalogue(page: Path) -> None:
    """architecture.md 2, rule 6."""
    told = {
        name: re.findall(r"\d{1,3}(?:,\d{3})+", cells[-1])
        for cells in _rows(page)
        for name in re.findall(r"`([^`]+)`", cells[0])
    }

    assert told == {
        profile.id: [f"{limit:,}" for limit in (profile.max_input, profile.max_output) if limit is not None]
        for profile in PROFILES
    }


def test_every_dependency_has_its_paragraph() -> None:
    """style.md 13: what it saves, what it costs, how we would leave it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    names = {re.split(r"[\[<>=;~! ]", requirement)[0].lower() for group in groups for requirement in group}

    assert set(headings(DEPENDENCIES, 3)) == names
    for name, paragraph in _paragraphs(DEPENDENCIES).items():
        assert len(paragraph.split()) > 10, name


def test_the_tasks_of_the_one_door_are_those_it_prints() -> None:
    for task in TASKS:
        assert re.search(rf"^  {task} ", run.USAGE, re.MULTILINE)


def _words_of_ours(command: str) -> list[str] | None:
    """The arguments of a call of our own command; None for any other command."""
    if (inside := _IN_DOCKER.match(command)) is not None:
        return shlex.split(inside[1])
    for beginning in ("antigravity-proxy", "python3 run.py"):
        if command == beginning or command.startswith(f"{beginning} "):
            return shlex.split(command.removeprefix(beginning))
    return None


def _trouble_with(words: list[str], *, is_whole: bool) -> str | None:
    """What is wrong with a call; None for a good one. `is_whole`: nothing that is required may be missing."""
    if words and words[0] in TASKS:
        return None
    command: click.Command = main
    while isinstance(command, click.Group):
        if not words:
            return "names no command" if is_whole else None
        inner = command.get_command(click.Context(command), words[0])
        if inner is None:
            return f"there is no command `{words[0]}`"
        command, words = inner, words[1:]
    try:
        given, _, _ = command.make_parser(click.Context(command)).parse_args(list(words))
    except click.UsageError as exc:
        return exc.message
    missing = [
        param.name
        for param in command.params
        if is_whole and param.required and given.get(param.name or "") is None
    ]
    return f"{missing} are missing" if missing else None


def _rows(page: Path) -> list[list[str]]:
    """The rows of the page's tables, without heads, that name something in their first cell."""
    rows = [line.strip("| ").split(" | ") for line in prose(page).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


def _paragraphs(page: Path) -> dict[str, str]:
    pieces = re.split(r"^### (.+)$", prose(page), flags=re.MULTILINE)[1:]
    return {name: text.split("\n## ")[0] for name, text in zip(pieces[::2], pieces[1::2], strict=True)}
