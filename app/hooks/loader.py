"""Addons from a file, from `module:attribute`, from entry points of installed packages.

A file or module defines `addons = [...]`, or is itself the addon. A class in place of an object is made
into one. Never: calls a hook. What is loaded runs with all rights of the gateway.
"""

import importlib
import importlib.util
import itertools
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from app.hooks.errors import AddonRefused, told
from app.hooks.member import Member, member
from app.hooks.trusted import check_trusted

GROUP: Final = "antigravity_proxy.addons"

_numbers = itertools.count(1)


def is_file(spec: str) -> bool:
    """Whether `spec` is a path to a file, and not a module."""
    return spec.endswith(".py") or "/" in spec or "\\" in spec


def found(spec: str) -> tuple[Member, ...]:
    """The addons at a path or at `module:attribute`. Raises AddonRefused."""
    if is_file(spec):
        return _members(_from_file(Path(spec)), spec)
    name, _, attribute = spec.partition(":")
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as exc:  # importing runs foreign code, which may raise anything
        raise AddonRefused(f"The addon `{spec}` cannot be imported: {told(exc)}.") from exc
    if not attribute:
        return _members(module, spec)
    try:
        return _members(getattr(module, attribute), spec)
    except AttributeError as exc:
        raise AddonRefused(f"The module `{name}` has no `{attribute}`; `{spec}` cannot be loaded.") from exc


def installed() -> tuple[Member, ...]:
    """The addons of installed packages, by name of their entry points. Raises AddonRefused."""
    return tuple(itertools.chain.from_iterable(map(_of_package, sorted(entry_points(group=GROUP)))))


def _of_package(point: Any) -> tuple[Member, ...]:
    try:
        loaded = point.load()
    except (Exception, SystemExit) as exc:  # importing runs foreign code, which may raise anything
        raise AddonRefused(
            f"The installed addon `{point.name}` cannot be imported: {told(exc)}. "
            "Remove its package, or start with --no-entry-point-addons."
        ) from exc
    return _members(loaded, f"entry point {point.name}")


class _Fresh(SourceFileLoader):
    """Compiles the source each time: a cache knows two versions of one second and one size apart as little
    as who has written it."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _from_file(path: Path) -> ModuleType:
    """The file as a module of its own, run anew each time."""
    if not path.is_file():
        raise AddonRefused(f"There is no addon file `{path}`.")
    check_trusted(path)
    # Registered, because msgspec and others look a struct's module up by name; under a name that no
    # import can mean, and a fresh one each time, so that a reload leaves the running one alone.
    name = f"addon-{next(_numbers)}.{path.stem}"
    module = importlib.util.module_from_spec(
        ModuleSpec(name, source := _Fresh(name, str(path)), origin=str(path))
    )
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        source.exec_module(module)
    except (Exception, SystemExit) as exc:  # running a file may raise anything
        del sys.modules[name]
        raise AddonRefused(f"The addon file `{path}` cannot be run: {told(exc)}.") from exc
    return module


def _members(thing: Any, source: str) -> tuple[Member, ...]:
    """What `thing` amounts to: a module with a list, a list, a class, or an addon."""
    if isinstance(thing, ModuleType) and hasattr(thing, "addons"):
        thing = thing.addons
    things = thing if isinstance(thing, list | tuple) else [thing]
    members = tuple(member(_made(one, source), source) for one in things)
    if not any(one.hooks for one in members):
        raise AddonRefused(
            f"`{source}` has no hook: define `addons = [YourAddon()]` in it, or functions named like hooks."
        )
    return members


def _made(thing: Any, source: str) -> object:
    if not isinstance(thing, type):
        return thing
    try:
        return thing()
    except TypeError as exc:
        raise AddonRefused(f"`{source}` names a class that cannot be made without arguments: {exc}.") from exc
