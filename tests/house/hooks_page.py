"""The page `docs/reference/hooks.md`: the specification of an addon, as `app/hooks/spec.py` has it."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from app.addons import model_alias, recorder, tool_output_limit
from app.hooks import spec
from app.hooks.additions import Loader
from app.hooks.options import variable
from app.hooks.spec import HOOKS, Addon, Hook

_HEAD = """\
# Hooks

An addon is any object with methods named like the hooks below; a module with such functions counts too.
Subclassing `Addon` is optional and gives types. Everything comes from `app.addon`, whose names follow
semantic versioning; nothing else may be relied on. [The tutorial](../tutorial/first-addon.md) builds
one; `examples/addons/` holds eight more.

```
antigravity-proxy serve --addon path/to/file.py --addon package.module:attribute
```

`ADDONS` and `[addons]` in `config.toml` name them as well. Addons of installed packages are found by
their entry points in the group `antigravity_proxy.addons`, unless `--no-entry-point-addons` says
otherwise. A file defines `addons = [...]`, or is itself the addon; `--watch-addons` loads it anew when
it changes. What is loaded runs with all rights of the gateway: so a file is refused when anybody but its
user or root may write it or its folder. `antigravity-proxy plan` shows who listens where.

This page is made from `app/hooks/spec.py`.
"""

_RULES = """\
## Order

Built-in addons first, then the configured ones, then those of installed packages by name. `before` and
`after` bend that order; a circle ends the start.

## Errors

* An addon refuses by raising a `GatewayError`, such as `Forbidden` or `LimitReached`: it becomes the
  reply, in the client's own API.
* A **changer** that raises anything else, leaves nonsense behind, or takes longer than 30 seconds fails
  the request with a 500: a redaction that crashed must not let the text through. With `tolerant = True`
  a crash is logged and skipped.
* A **watcher** that fails is logged and counted (`gateway_addon_errors_total`), and the rest goes on.
  It has two seconds. Watchers delay no byte, are not cancelled with a request, and are all called
  before the gateway ends. Each addon sees everything in order; addons do not wait for each other.
* A cancellation that somebody asked for always passes through.

## Changes while running

A request keeps the addons it began with. A reload, changed options, or an addon that is switched off or
on are in force for requests that begin afterwards, as a whole or not at all. Whatever an addon brings comes
and goes with it: stages, dialects, upstreams with their models, jobs and admin views.

Options that neither the file nor the environment sets can be changed in the panel, and so can the switch.
Both are kept in the database and hold after a restart. An option of the type `Secret`, or whose name ends
with `password`, `secret`, `token` or `api_key`, is never shown, and can only be set in the file or the
environment. An addon of a package or a module takes a new version with a restart.
"""


def hooks_page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_hooks(), *_attributes(), *_loader(), _RULES, *_builtins()])


def _hooks() -> Iterator[str]:
    yield "## The hooks\n\nIn the order in which a gateway and a request meet them.\n"
    yield "| hook | kind |\n| --- | --- |"
    yield from (f"| [`{hook.name}`](#{hook.name}) | {hook.kind} |" for hook in HOOKS)
    yield ""
    for hook in HOOKS:
        yield f"### {hook.name}\n\n```python\n{_signature(hook)}\n```\n\n*{hook.kind}.* {_told(hook)}\n"


def _signature(hook: Hook) -> str:
    source = inspect.getsource(getattr(Addon, hook.name))
    return textwrap.dedent(source).partition(":\n")[0] + ": ..."


def _told(hook: Hook) -> str:
    return inspect.cleandoc(getattr(Addon, hook.name).__doc__)


def _attributes() -> Iterator[str]:
    yield "## What an addon says about itself\n"
    (kind,) = (node for node in ast.parse(inspect.getsource(spec)).body if _is_class(node, "Addon"))
    for name, text in _documented(kind):
        yield f"* `{name}`: {text}"
    yield f"* `active`, a property: {inspect.cleandoc(str(Addon.active.__doc__))}\n"


def _is_class(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name


def _documented(kind: Any) -> Iterator[tuple[str, str]]:
    """Attributes with the string that stands below each."""
    for node, following in zip(kind.body, kind.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(following, ast.Expr):
            yield ast.unparse(node.target), str(ast.literal_eval(following.value))


def _loader() -> Iterator[str]:
    yield "## What an addon may bring\n\n`load` is handed a loader.\n"
    for name, method in vars(Loader).items():
        if name.startswith("add_"):
            parameters = str(inspect.signature(method)).partition(" -> ")[0].replace("(self, ", "(", 1)
            plain = parameters.replace("app.hooks.additions.", "").replace("app.hooks.stage.", "")
            yield f"* `{name}`: {inspect.cleandoc(str(method.__doc__))} Takes `{_short(plain)}`."
    yield ""


def _short(parameters: str) -> str:
    """Parameters without their types, which are named in the module."""
    names = [part.partition(":")[0].strip() for part in parameters.strip("()").split(", ") if ":" in part]
    return ", ".join(name for name in names if name)


def _builtins() -> Iterator[str]:
    yield "## Built-in addons\n"
    yield "`metrics`, `request_log` and `spend_guard` are always at work, the others once an option is set.\n"
    yield "| addon | option | variable | default |\n| --- | --- | --- | --- |"
    for module in (model_alias, tool_output_limit, recorder):
        yield from _options(module)
    yield ""
    for module in (model_alias, tool_output_limit, recorder):
        said = " ".join(str(module.Options.__doc__).split())
        yield f"* **{_name_of(module)}**: {inspect.cleandoc(str(module.__doc__)).partition('.')[0]}. {said}"
    yield ""


def _options(module: ModuleType) -> Iterator[str]:
    name, defaults = _name_of(module), module.Options()
    for field in defaults.__struct_fields__:
        default = getattr(defaults, field)
        shown = f"`{default}`" if default not in ("", (), {}) else "none"
        yield f"| `{name}` | `{field}` | `{variable(name, field)}` | {shown} |"


def _name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]
