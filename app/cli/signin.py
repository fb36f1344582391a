"""Signing an account in through a browser, on this machine or on another one.

A browser on this machine comes back by itself; from anywhere else the address is pasted back.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, nullcontext

import click
from msgspec import Struct

from app.cli.callback import CallbackListener, listening
from app.clock import SystemClock
from app.errors import BadRequest, GatewayError
from app.gateway.signins import LASTS_S, REDIRECT_URI, SignIns
from app.gateway.upstream import open_way
from app.settings.schema import Settings

_TRIES = 5


class NewAccount(Struct, frozen=True):
    """An account that agreed."""

    email: str
    refresh_token: str

    def __repr__(self) -> str:
        return f"NewAccount({self.email!r}, ***)"


Answers = Callable[[CallbackListener | None], AsyncGenerator[str, None]]
"""What comes back from a sign-in, from the browser or by hand, until it is right."""


async def given(listener: CallbackListener | None) -> AsyncGenerator[str, None]:
    """What the browser brings or a person pastes, whichever is first."""
    if listener is None:
        for _ in range(_TRIES):
            yield await asyncio.to_thread(click.prompt, "Paste the address", err=True)
        return
    loop = asyncio.get_running_loop()
    is_read = sys.stdin.isatty() and sys.platform != "win32"
    if is_read:
        click.echo("Waiting for the browser; or paste the address here.", err=True)
        loop.add_reader(sys.stdin.fileno(), lambda: _typed(listener))
    try:
        while True:
            yield await _back_in_time(listener)
    finally:
        if is_read:
            loop.remove_reader(sys.stdin.fileno())


async def sign_in(settings: Settings, *, has_browser: bool, answers: Answers = given) -> NewAccount:
    """Lead a person through the sign-in. Raises ClickException when it does not come to an end."""
    clock = SystemClock()
    async with (
        open_way(settings, clock) as way,
        listening() if has_browser else nullcontext() as listener,
    ):
        sign_ins = SignIns(way.oauth, clock)
        try:
            page = sign_ins.begin(redirect_uri=listener.redirect_uri if listener else REDIRECT_URI)
        except GatewayError as exc:
            raise click.ClickException(exc.message) from exc
        _show(page.url, is_opened=listener is not None)
        async with aclosing(answers(listener)) as coming:
            return await _finished(sign_ins, page.id, coming)


async def _finished(sign_ins: SignIns, sign_in_id: str, coming: AsyncGenerator[str, None]) -> NewAccount:
    said = "The sign-in was not finished."
    async for text in coming:
        try:
            signed_in = await sign_ins.finish(sign_in_id, text)
        except BadRequest as exc:
            said = exc.message
            if not sign_ins.is_under_way(sign_in_id):
                break
            click.echo(said, err=True)
        except GatewayError as exc:
            raise click.ClickException(exc.message) from exc
        else:
            email = signed_in.email
            if email is None:
                email = await asyncio.to_thread(_ask_email)
            return NewAccount(email, signed_in.refresh_token)
    raise click.ClickException(said)


def _show(page: str, *, is_opened: bool) -> None:
    click.echo(f"Open this page and agree:\n\n  {page}\n", err=True)
    if is_opened:
        click.launch(page)
    else:
        click.echo(
            "The browser then shows an address that cannot be opened. That is fine: copy it.", err=True
        )


async def _back_in_time(listener: CallbackListener) -> str:
    try:
        async with asyncio.timeout(LASTS_S):
            return await listener.next()
    except TimeoutError as exc:
        raise click.ClickException("Nothing came back within ten minutes. Begin again.") from exc


def _typed(listener: CallbackListener) -> None:
    """A line is there; in a terminal that is a whole one."""
    line = os.read(sys.stdin.fileno(), 16 * 1024).decode("utf-8", "replace").strip()
    if line:
        listener.bring(line)


def _ask_email() -> str:
    email: str = click.prompt("The sign-in did not tell the account's address. What is it", err=True)
    return email
