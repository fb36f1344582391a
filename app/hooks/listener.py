"""A hook of one addon as the table holds it: called like the method itself, and it knows whose it is.

Never: looks at what passes; an addon's trouble is noticed by `call`, which tells the listener.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

Report: TypeAlias = Callable[[str, str], None]
"""Told of an addon's name and of what went wrong, in words."""


class Listener(partial[Any]):
    """Made by `listener`. A plain function in its place works as well, and is nobody's."""

    owner: str
    report: Report


def listener(hook: Callable[..., Any], owner: str, report: Report) -> Listener:
    """`hook`, which belongs to the addon `owner`."""
    made = Listener(hook)
    made.owner = owner
    made.report = report
    return made


def inner(hook: Any) -> Any:
    """The method below whatever a hook was wrapped in."""
    while isinstance(hook, partial):
        hook = hook.func
    return hook


def direct(hook: Any) -> Any:
    """What may be called in place of a hook where each call counts: the method itself if nothing is bound."""
    return hook.func if isinstance(hook, Listener) and not (hook.args or hook.keywords) else hook


def owner_of(hook: Any) -> str:
    """The name of the addon that listens; empty for a plain function."""
    found = _listener(hook)
    return "" if found is None else found.owner


def blame(hook: Any, words: str) -> None:
    """Something went wrong in `hook`: tell those who count it."""
    found = _listener(hook)
    if found is not None:
        found.report(found.owner, words)


def _listener(hook: Any) -> Listener | None:
    while isinstance(hook, partial):
        if isinstance(hook, Listener):
            return hook
        hook = hook.func
    return None
