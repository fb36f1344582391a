"""Signing an account in through a browser that may be on another machine.

The address after the sign-in is pasted back, so nothing has to listen anywhere.
"""

import asyncio

import click
from msgspec import Struct

from app.clock import SystemClock
from app.errors import GatewayError
from app.gateway.upstream import open_way
from app.ids import random_token
from app.settings.schema import Settings
from app.upstreams.antigravity.oauth import Callback, new_verifier, read_callback

REDIRECT_URI = "http://localhost:51121/oauth-callback"


class SignedIn(Struct, frozen=True):
    """An account that agreed."""

    email: str
    refresh_token: str

    def __repr__(self) -> str:
        return f"SignedIn({self.email!r}, ***)"


async def sign_in(settings: Settings) -> SignedIn:
    """Lead a person through the sign-in. Raises ClickException when it does not come to an end."""
    state, verifier = random_token(32), new_verifier()
    async with open_way(settings, SystemClock()) as way:
        try:
            page = way.oauth.authorization_url(redirect_uri=REDIRECT_URI, state=state, verifier=verifier)
            callback = await asyncio.to_thread(_ask, page)
            if callback.state not in (None, state):
                raise click.ClickException("That address belongs to another sign-in. Begin again.")
            tokens = await way.oauth.exchange(
                code=callback.code, redirect_uri=REDIRECT_URI, verifier=verifier
            )
            email = await way.oauth.email(tokens.access_token)
        except GatewayError as exc:
            raise click.ClickException(exc.message) from exc
    if email is None:
        email = await asyncio.to_thread(_ask_email)
    return SignedIn(email, tokens.refresh_token)


def _ask(page: str) -> Callback:
    click.echo(f"Open this page and agree:\n\n  {page}\n", err=True)
    click.echo("The browser then shows an address that cannot be opened. That is fine: copy it.", err=True)
    return read_callback(click.prompt("Paste the address", err=True))


def _ask_email() -> str:
    email: str = click.prompt("The sign-in did not tell the account's address. What is it", err=True)
    return email
