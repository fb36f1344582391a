"""`flows`: recordings of requests, shown and sent again.

The gateway records when the option `folder` of the addon `recorder` names one.
"""

import asyncio
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import click

from app.cli import replaying
from app.cli.opening import json_option, show_json
from app.cli.replaying import Answer
from app.observe.logging import configure_logging
from app.wire import play
from app.wire.play import Line, Script

_EXCERPT_LINES = 12

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(name="flows")
def group() -> None:
    """Look at recorded requests, and send them again."""


@group.command()
@_file
@click.option("--full", is_flag=True, help="Show bodies as a whole.")
@json_option
def show(file: Path, full: bool, as_json: bool) -> None:
    """Show what a recording holds."""
    script = _read(file)
    if as_json:
        show_json([{"way": li.way, "who": li.who, "what": li.rest, "body": li.body} for li in script.lines])
        return
    for comment in script.comments:
        click.echo(comment)
    for line in script.lines:
        click.echo(f"\n{line.way} {line.who} {line.rest}")
        shown = line.text if full else line.text[:_EXCERPT_LINES]
        for text in shown:
            click.echo(f"   {text}".rstrip())
        if len(shown) < len(line.text):
            click.echo(f"   ... {len(line.text) - len(shown)} more lines; --full shows them")


@group.command()
@_file
@click.option("--url", help="Address of a running gateway; otherwise a simulated one is made.")
@click.option("--key", envvar="API_KEY", help="A client key of that gateway; API_KEY otherwise.")
@json_option
def replay(file: Path, url: str | None, key: str | None, as_json: bool) -> None:
    """Send the requests of a recording again and tell what comes back.

    Exit code 1 when a status differs from the recorded one.
    """
    if url is not None and key is None:
        raise click.UsageError("A running gateway wants a key: --key.")
    script = _read(file)
    asked = [line for line in script.lines if (line.way, line.who) == (">>", "client")]
    before = [line.rest.split()[0] for line in script.lines if (line.way, line.who) == ("<<", "client")]
    with closing(configure_logging("error")):
        answers = asyncio.run(_sent(asked, url, key or ""))
    same = [str(answer.status) for answer in answers] == before
    if as_json:
        show_json({"same": same, "answers": [_told(answer) for answer in answers]})
    else:
        for line, answer, status in zip(asked, answers, before, strict=False):
            click.echo(f">> {line.rest}\n<< {answer.status} (recorded: {status})")
            click.echo(answer.body.decode("utf-8", "replace"))
    if not same:
        raise click.exceptions.Exit(1)


async def _sent(lines: Iterable[Line], url: str | None, key: str) -> list[Answer]:
    async with replaying.simulated() if url is None else replaying.running(url, key) as target:
        return [await target.ask(line) for line in lines]


def _read(file: Path) -> Script:
    try:
        return play.read(file.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise click.ClickException(f"{file} is no recording: {exc}.") from exc


def _told(answer: Answer) -> dict[str, object]:
    return {"status": answer.status, "body": answer.body.decode("utf-8", "replace")}
