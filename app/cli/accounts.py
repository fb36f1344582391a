"""`account`: the accounts that answer."""

import sys
from typing import Any

import click

from app.cli import refreshing, transfer
from app.cli.examine import Examined, kept, message
from app.cli.explain import explain
from app.cli.opening import (
    Setup,
    account_named,
    finish,
    json_option,
    open_store,
    pass_setup,
    show_json,
    show_table,
    with_store,
)
from app.cli.signin import sign_in
from app.plain import is_email
from app.pool.model import Account
from app.pool.refreshing import ALL_PARTS, Part, RunState
from app.store.lifecycle import Store

_WHO = click.argument("who", metavar="EMAIL_OR_ID")


@click.group(name="account")
def group() -> None:
    """Add, look at and remove the accounts of the pool. A running gateway notices within ten seconds."""


group.add_command(explain)
group.add_command(transfer.export)
group.add_command(transfer.import_)


@group.command()
@click.option("--email", help="Address of the account.")
@click.option(
    "--refresh-token", help="Its refresh token; `-` reads it from stdin, away from shell histories."
)
@click.option("--project", help="Its project, if it is known.")
@click.option(
    "--no-browser",
    is_flag=True,
    help="Sign in with a browser on another machine: open the page there, paste back where it ends.",
)
@json_option
@pass_setup
def add(
    setup: Setup,
    email: str | None,
    refresh_token: str | None,
    project: str | None,
    no_browser: bool,
    as_json: bool,
) -> None:
    """Add an account, or give a known one a new token. Without a token: sign in through a browser.

    An account that is known keeps its id and its history.
    """
    is_signed_in = email is None and refresh_token is None
    if email is None and refresh_token is None:
        settings = setup.settings()
        signed_in = finish(sign_in(settings, has_browser=not no_browser))
        email, token = signed_in.email, signed_in.refresh_token
    elif email is None or refresh_token is None:
        raise click.UsageError("--email and --refresh-token are only useful together.")
    else:
        token = sys.stdin.readline() if refresh_token == "-" else refresh_token  # noqa: S105
    if not is_email(email.strip()):
        raise click.BadParameter("That is no address.", param_hint="--email")
    if not token.strip():
        raise click.BadParameter("The token is empty.", param_hint="--refresh-token")
    address, secret = email, token.strip()

    async def work(store: Store) -> Account:
        return await store.accounts.add(email=address, refresh_token=secret, project=project)

    account = with_store(setup, work)
    _show_one(account, "is in the pool", as_json=as_json)
    if not (as_json or is_signed_in):
        click.echo(
            f"Its token was not checked; `antigravity-proxy account check {account.email}` does so.", err=True
        )


@group.command(name="list")
@json_option
@pass_setup
def list_accounts(setup: Setup, as_json: bool) -> None:
    """List accounts, without their tokens."""

    async def work(store: Store) -> tuple[Account, ...]:
        return await store.accounts.all()

    accounts = with_store(setup, work)
    if as_json:
        show_json([told(account) for account in accounts])
        return
    rows = [(a.id, a.email, _standing(a), a.project or "-", a.tier or "-") for a in accounts]
    show_table(("ID", "EMAIL", "STATE", "PROJECT", "TIER"), rows)


@group.command()
@_WHO
@json_option
@pass_setup
def enable(setup: Setup, who: str, as_json: bool) -> None:
    """Let an account be used again."""
    _show_one(_switched(setup, who, enabled=True), "is enabled", as_json=as_json)


@group.command()
@_WHO
@json_option
@pass_setup
def disable(setup: Setup, who: str, as_json: bool) -> None:
    """Keep an account, but do not use it."""
    _show_one(_switched(setup, who, enabled=False), "is disabled", as_json=as_json)


@group.command()
@_WHO
@click.option("--note", help="What you want to remember about it.")
@click.option(
    "--concurrent", type=click.IntRange(0, 1000), help="Requests it may carry at once; 0: as all others."
)
@json_option
@pass_setup
def update(setup: Setup, who: str, note: str | None, concurrent: int | None, as_json: bool) -> None:
    """Note something about an account, or give it a limit of its own."""

    async def work(store: Store) -> Account:
        account = await account_named(store, who)
        return (
            await store.accounts.set_own(
                account.id,
                note=account.note if note is None else note,
                concurrent=account.concurrent if concurrent is None else concurrent or None,
            )
            or account
        )

    _show_one(with_store(setup, work), "is changed", as_json=as_json)


@group.command()
@_WHO
@json_option
@pass_setup
def remove(setup: Setup, who: str, as_json: bool) -> None:
    """Forget an account and its token."""

    async def work(store: Store) -> Account:
        account = await account_named(store, who)
        await store.accounts.remove(account.id)
        return account

    _show_one(with_store(setup, work), "is removed", as_json=as_json)


@group.command()
@click.argument("who", metavar="[EMAIL_OR_ID]", required=False)
@json_option
@pass_setup
def check(setup: Setup, who: str | None, as_json: bool) -> None:
    """Ask the upstream about one account or all, and change nothing but rotated tokens."""
    _examine(setup, who, keep=False, as_json=as_json)


@group.command()
@click.argument("who", metavar="[EMAIL_OR_ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All accounts, as a run that survives its end.")
@click.option(
    "--parallel", type=click.IntRange(1, 32), default=4, show_default=True, help="How many at once, in a run."
)
@click.option(
    "--part",
    "parts",
    type=click.Choice([part.value for part in Part]),
    multiple=True,
    help="Ask for this alone, in a run; may be repeated.",
)
@click.option("--pause", is_flag=True, help="With --all: pause the run under way; --all alone goes on.")
@click.option("--cancel", is_flag=True, help="With --all: cancel the run under way.")
@json_option
@pass_setup
def refresh(
    setup: Setup,
    who: tuple[str, ...],
    every: bool,
    parallel: int,
    parts: tuple[str, ...],
    pause: bool,
    cancel: bool,
    as_json: bool,
) -> None:
    """Ask the upstream about one account or all, and keep the answer: project, tier, models, state.

    With --all, or for several accounts, it is a run: a gateway that is there does the work, and whatever
    ends this command, the run can be gone on with.
    """
    if every and who:
        raise click.UsageError("Name accounts, or say --all.")
    if (pause or cancel) and (not every or (pause and cancel)):
        raise click.UsageError("--pause and --cancel are for --all, one at a time.")
    if pause or cancel:
        refreshing.steer(setup, RunState.PAUSED if pause else RunState.CANCELLED, as_json=as_json)
    elif every or len(who) > 1 or parts:
        chosen = frozenset(map(Part, parts)) or ALL_PARTS
        refreshing.refresh_many(setup, parallel=parallel, parts=chosen, who=who, as_json=as_json)
    else:
        _examine(setup, who[0] if who else None, keep=True, as_json=as_json)


def told(account: Account) -> dict[str, Any]:
    """What may be shown of an account."""
    return {
        "id": account.id,
        "email": account.email,
        "enabled": account.enabled,
        "state": account.state.value,
        "reason": account.state_reason,
        "link": account.state_link,
        "project": account.project,
        "tier": account.tier,
        "models": None if account.models is None else sorted(account.models),
        "note": account.note,
        "concurrent": account.concurrent,
    }


def _switched(setup: Setup, who: str, *, enabled: bool) -> Account:
    async def work(store: Store) -> Account:
        account = await account_named(store, who)
        return await store.accounts.set_enabled(account.id, enabled=enabled) or account

    return with_store(setup, work)


def _examine(setup: Setup, who: str | None, *, keep: bool, as_json: bool) -> None:
    async def work() -> list[tuple[Account, Examined]]:
        settings = setup.settings()
        async with open_store(settings) as store, setup.examiner(settings) as examine:
            accounts = await store.accounts.all() if who is None else (await account_named(store, who),)
            found = []
            for account in accounts:
                examined = await examine(account)
                found.append((await kept(store, account, examined, keep=keep), examined))
            return found

    results = finish(work())
    if as_json:
        show_json([{**told(account), "ok": not e.error, "error": message(e)} for account, e in results])
    for account, examined in () if as_json else results:
        click.echo(f"{account.email}: {message(examined) or 'fine'}")
    if any(examined.error for _, examined in results):
        raise click.exceptions.Exit(1)


def _standing(account: Account) -> str:
    return account.state.value if account.enabled else "disabled"


def _show_one(account: Account, what: str, *, as_json: bool) -> None:
    if as_json:
        show_json(told(account))
    else:
        click.echo(f"{account.email} ({account.id}) {what}.")
