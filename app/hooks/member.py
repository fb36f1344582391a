"""An addon that has been looked at: its name, its hooks, and what it says about itself.

Never: calls a hook.
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Final

from msgspec import Struct

from app.hooks.errors import AddonRefused
from app.hooks.spec import ATTRIBUTES, HOOKS, Addon, Hook

_NAMES: Final = tuple(hook.name for hook in HOOKS)
BUILT_IN: Final = "built in"
_ALIKE: Final = 0.8
_LONGEST_NAME: Final = 50


class Member(Struct, frozen=True):
    """One addon under its name. `source` says where it came from, `remarks` what looks like a slip."""

    name: str
    addon: object
    hooks: dict[str, Callable[..., Any]]
    options: type[Struct] | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    tolerant: bool = False
    source: str = BUILT_IN
    remarks: tuple[str, ...] = ()
    enabled: bool = True

    @property
    def is_active(self) -> bool:
        """Whether its hooks are called: it is switched on, and as it is configured it has something to do."""
        return self.enabled and bool(getattr(self.addon, "active", True))


def member(addon: object, source: str = BUILT_IN) -> Member:
    """`addon`, looked at. Raises AddonRefused, with a sentence, for hooks that could not be called."""
    name = _name(addon)
    hooks = {hook.name: found for hook in HOOKS if (found := _hook(addon, hook)) is not None}
    for hook in HOOKS:
        if hook.name in hooks:
            _check(name, hook, hooks[hook.name])
    options = getattr(addon, "options", None)
    if options is not None and not (isinstance(options, type) and issubclass(options, Struct)):
        raise AddonRefused(f"`{name}.options` has to be a subclass of Struct, the class itself.")
    return Member(
        name=name,
        addon=addon,
        hooks=hooks,
        options=options,
        before=_names(name, addon, "before"),
        after=_names(name, addon, "after"),
        tolerant=bool(getattr(addon, "tolerant", False)),
        source=source,
        remarks=tuple(_slips(name, addon)),
    )


def _name(addon: object) -> str:
    said = getattr(addon, "name", "")
    if isinstance(said, str) and said:
        name = said
    elif isinstance(addon, ModuleType):
        name = addon.__name__.rpartition(".")[2].lower()
    else:
        name = type(addon).__name__.lower()
    if len(name) > _LONGEST_NAME or "/" in name or not name.isprintable():
        raise AddonRefused(
            f"The name `{name[:_LONGEST_NAME]!a}` of an addon has to be printable, without a slash, "
            f"and of at most {_LONGEST_NAME} characters."
        )
    return name


def described(addon: object) -> str:
    """What an addon says about itself: the first paragraph of its own text, or of its module's."""
    kind = addon if isinstance(addon, ModuleType) else type(addon)
    module = sys.modules.get(getattr(kind, "__module__", ""))
    said = kind.__doc__ or getattr(module, "__doc__", None) or ""
    return inspect.cleandoc(said).partition("\n\n")[0]


def version_of(addon: object) -> str:
    """Its `version`, or its module's `__version__`; empty when neither says."""
    module = addon if isinstance(addon, ModuleType) else sys.modules.get(type(addon).__module__)
    said = getattr(addon, "version", "") or getattr(module, "__version__", "")
    return said if isinstance(said, str) else ""


def _names(name: str, addon: object, attribute: str) -> tuple[str, ...]:
    said = getattr(addon, attribute, ())
    if isinstance(said, str) or not all(isinstance(one, str) for one in said):
        raise AddonRefused(f'`{name}.{attribute}` has to be a tuple of names, such as `("recorder",)`.')
    return tuple(said)


def _hook(addon: object, hook: Hook) -> Callable[..., Any] | None:
    """The addon's own method of that name; what it has inherited from Addon is none."""
    found = getattr(addon, hook.name, None)
    if found is None or getattr(found, "__func__", None) is getattr(Addon, hook.name):
        return None
    if not callable(found):
        raise AddonRefused(f"`{_name(addon)}.{hook.name}` is the name of a hook and has to be a function.")
    call: Callable[..., Any] = found
    return call


def _check(name: str, hook: Hook, found: Callable[..., Any]) -> None:
    is_async = inspect.iscoroutinefunction(found) or inspect.iscoroutinefunction(
        getattr(found, "__call__", None)  # noqa: B004 - asks what kind of function it is, not whether
    )
    if is_async and not hook.is_async:
        raise AddonRefused(f"`{name}.{hook.name}` is called without `await`: write `def`, not `async def`.")
    if hook.is_async and not is_async:
        raise AddonRefused(f"`{name}.{hook.name}` is awaited: write `async def {hook.name}`.")
    try:
        inspect.signature(found).bind(*hook.parameters)
    except TypeError as exc:
        wanted = ", ".join(hook.parameters) or "nothing"
        raise AddonRefused(
            f"`{name}.{hook.name}` is called with {wanted}, which its parameters do not fit: {exc}."
        ) from exc


def _slips(name: str, addon: object) -> Iterator[str]:
    """Sentences about names that look like hooks and are none."""
    for own in _own_functions(addon):
        if own in _NAMES or own in ATTRIBUTES or own.startswith("_"):
            continue
        if close := get_close_matches(own.removeprefix("on_"), _NAMES, n=1, cutoff=_ALIKE):
            yield f"`{name}.{own}` is never called: did you mean `{close[0]}`?"
        elif own.startswith("on_"):
            yield f"`{name}.{own}` is never called: there is no such hook. The hooks are {', '.join(_NAMES)}."


def _own_functions(addon: object) -> list[str]:
    if isinstance(addon, ModuleType):
        return [
            own
            for own, value in vars(addon).items()
            if inspect.isfunction(value) and value.__module__ == addon.__name__
        ]
    return [own for own, value in inspect.getmembers(type(addon), callable) if not own.startswith("__")]
