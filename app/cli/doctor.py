"""`doctor`: what is wrong and what to do, in sentences. Changes nothing, and uses no account."""

from collections.abc import AsyncIterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Literal

import click
from msgspec import Struct

from app.cli.opening import Setup, finish, json_option, open_store, pass_setup, show_json
from app.clock import SystemClock
from app.errors import EgressProxyFailed, UpstreamError
from app.gateway.upstream import Way, open_way
from app.pool.model import Account, AccountState
from app.settings.places import database_url
from app.settings.schema import Settings
from app.store import upkeep
from app.store.errors import StoreError

_REACH_S = 10.0
_MOST_SKEW_S = 60.0
_MARKS = {"ok": "ok   ", "hint": "note ", "wrong": "WRONG"}
_ADD_ONE = "Add one with `antigravity-proxy account add`, or look around with `antigravity-proxy demo`."
_MANY_EXPIRED = (
    "If that comes back every week: sign-ins end after seven days while the OAuth client's consent screen is "
    "in testing. Publish it."
)
_WHAT_TO_DO: dict[AccountState, str] = {
    AccountState.ONBOARDING: "Wait a moment, then ask for it again with `antigravity-proxy account refresh`.",
    AccountState.NEEDS_SIGN_IN: "Sign it in again with `antigravity-proxy account add`.",
    AccountState.NEEDS_VERIFICATION: "Its owner has to verify it in a browser.",
    AccountState.SUSPENDED: "Nothing helps from here; remove it, or ask the provider.",
    AccountState.PROJECT_ERROR: "Ask for its project anew with `antigravity-proxy account refresh`.",
}


_WHAT_TO_DO_ABOUT: dict[str, str] = {
    "oauth_client": "Correct OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, then restart the gateway.",
    "location": "Let the gateway call from a network and a country that the upstream serves, for example "
    "through OUTBOUND_PROXY. It goes away by itself once such an account has answered.",
}


class Finding(Struct, frozen=True):
    """One sentence, and what to do about it. Only what is `wrong` keeps the gateway from working."""

    about: str
    state: Literal["ok", "hint", "wrong"]
    text: str
    advice: str = ""


@click.command()
@json_option
@pass_setup
def doctor(setup: Setup, as_json: bool) -> None:
    """Tell what is wrong and what to do.

    Changes nothing. Exit code 1 when the gateway cannot work as it is.
    """
    findings = finish(_examined(setup))
    if as_json:
        show_json(findings)
    for finding in () if as_json else findings:
        click.echo(f"{_MARKS[finding.state]}  {finding.about}: {finding.text}")
        if finding.advice:
            click.echo(f"       {finding.advice}")
    if any(finding.state == "wrong" for finding in findings):
        raise click.exceptions.Exit(1)


async def _examined(setup: Setup) -> list[Finding]:
    try:
        settings = setup.settings()
    except click.UsageError as exc:
        return [Finding("settings", "wrong", exc.message, "Correct them in `.env` or `config.toml`.")]
    return [
        Finding("settings", "ok", "they can be used."),
        *[finding async for finding in _stored(settings)],
        _oauth_client(settings),
        *[finding async for finding in _outside(settings)],
    ]


async def _stored(settings: Settings) -> AsyncIterator[Finding]:
    """About the database, and about the accounts if it can be opened without changing it."""
    try:
        found = await upkeep.status(database_url(settings))
        yield _database(found)
        if not found.is_current:
            yield Finding("accounts", "wrong", "none can be seen before the database is there.", _ADD_ONE)
            return
        async with open_store(settings) as store:
            accounts = await store.accounts.all()
            alarms = await store.pool_state.alarms()
        for finding in (*accounts_told(accounts), *alarms_told(alarms)):
            yield finding
    except StoreError as exc:
        yield Finding("database", "wrong", str(exc))


def _database(found: upkeep.DatabaseStatus) -> Finding:
    if not found.exists:
        return Finding("database", "hint", f"{found.url} is not there yet.", "`serve` makes it.")
    if found.unknown:
        advice = "Use that version, or restore a backup."
        return Finding("database", "wrong", f"{found.url} was changed by a newer version.", advice)
    if found.pending:
        advice = "`serve` brings it up to date, `antigravity-proxy db upgrade` does so now."
        return Finding("database", "hint", f"{found.url} is older than this version.", advice)
    return Finding("database", "ok", f"{found.url} is up to date.")


def accounts_told(accounts: Sequence[Account]) -> list[Finding]:
    """One sentence about all accounts, one for each that somebody has to do something about."""
    if not accounts:
        return [Finding("accounts", "wrong", "there is none.", _ADD_ONE)]
    usable = sum(account.enabled and account.state is AccountState.READY for account in accounts)
    state: Literal["ok", "wrong"] = "ok" if usable else "wrong"
    findings = [Finding("accounts", state, f"{usable} of {len(accounts)} can be used.")]
    for account in accounts:
        if not account.enabled:
            advice = f"`antigravity-proxy account enable {account.email}` changes that."
            findings.append(Finding(account.email, "hint", "it is disabled.", advice))
        elif account.state is not AccountState.READY:
            said = account.state_reason or f"it is in the state `{account.state}`."
            advice = " ".join(filter(None, (_WHAT_TO_DO[account.state], account.state_link)))
            findings.append(Finding(account.email, "hint", said, advice))
    expired = sum(a.enabled and a.state is AccountState.NEEDS_SIGN_IN for a in accounts)
    if expired > 1:
        findings.append(Finding("sign-ins", "hint", f"{expired} have ended.", _MANY_EXPIRED))
    return findings


def alarms_told(alarms: Mapping[str, str]) -> list[Finding]:
    """What a gateway said lately that is wrong for all accounts at once."""
    return [
        Finding("gateway", "wrong", f"it said lately: {said}", _WHAT_TO_DO_ABOUT.get(name, ""))
        for name, said in alarms.items()
    ]


def clock_told(date: str, now: float) -> list[Finding]:
    """Whether this machine's clock is right, as far as the `Date` of an answer tells."""
    try:
        ahead_s = now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return []
    if abs(ahead_s) <= _MOST_SKEW_S:
        return [Finding("clock", "ok", "it agrees with the sign-in server.")]
    text = f"it is {abs(ahead_s):.0f} seconds {'ahead of' if ahead_s > 0 else 'behind'} the sign-in server."
    return [Finding("clock", "hint", text, "Switch time synchronisation on; resets of quotas are instants.")]


def _oauth_client(settings: Settings) -> Finding:
    upstream = settings.upstream
    pairs = (
        ("OAUTH_CLIENT_ID", upstream.oauth_client_id),
        ("OAUTH_CLIENT_SECRET", upstream.oauth_client_secret),
    )
    missing = " and ".join(name for name, value in pairs if not value)
    if missing:
        text = f"{missing} must be set; no account can sign in or renew its token without."
        return Finding("OAuth client", "wrong", text, "Set both in `.env`.")
    return Finding("OAuth client", "ok", "it is set; `antigravity-proxy account check` tries it.")


async def _outside(settings: Settings) -> AsyncIterator[Finding]:
    """Whether whoever answers can be reached from here. One host of the backend is enough."""
    upstream, clock = settings.upstream, SystemClock()
    async with open_way(settings, clock) as way:
        troubles = [(url, await _tried(way, url)) for url in upstream.upstream_base_urls]
        is_served = any(not isinstance(said, UpstreamError) for _, said in troubles)
        for url, said in troubles:
            yield _reached("backend", url, said, "hint" if is_served else "wrong")
        said = await _tried(way, upstream.oauth_token_url)
        yield _reached("sign-in", upstream.oauth_token_url, said, "wrong")
        for finding in clock_told(said, clock.now()) if isinstance(said, str) else ():
            yield finding


async def _tried(way: Way, url: str) -> str | UpstreamError:
    """Why nobody answers at `url`, or the `Date` of the answer; any answer at all is good."""
    try:
        reply = await way.http.send("GET", url, timeout_s=_REACH_S)
    except UpstreamError as exc:
        return exc
    return reply.headers.get("date", "")


def _reached(about: str, url: str, said: str | UpstreamError, severity: Literal["hint", "wrong"]) -> Finding:
    if isinstance(said, str):
        return Finding(about, "ok", f"{url} answers.")
    if isinstance(said, EgressProxyFailed):
        advice = "See that OUTBOUND_PROXY runs, and that its address, user name and password are right."
        return Finding(about, severity, f"{url} was not asked: {said.message}", advice)
    text = f"{url} cannot be reached ({said.kind})."
    return Finding(about, severity, text, "Look at the network, at DNS, and at OUTBOUND_PROXY.")
