"""Options described for a form. Spec: architecture.md 8.7; admin-ui.md 2.3, Settings."""

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct, field

from app.hooks.forms import FormField, form_of
from app.hooks.options import Secret
from app.settings.addons import AddonValues


class Options(Struct):
    on: bool = True
    most: Annotated[int, Meta(ge=1, description="How many at most.")] = 5
    share: float | None = None
    words: str = ""
    way: Literal["up", "down"] = "up"
    names: tuple[str, ...] = ()
    pairs: dict[str, str] = field(default_factory=dict)
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hook: Secret = ""
    access_token: str = ""


def forms(options: Options, values: AddonValues = AddonValues(), *turned: str) -> dict[str, FormField]:  # noqa: B008 - immutable
    return {one.name: one for one in form_of("mine", options, values, set(turned))}


def test_each_option_has_a_control_that_fits_it() -> None:
    kinds = {name: one.kind for name, one in forms(Options()).items()}

    assert kinds == {
        "on": "flag",
        "most": "count",
        "share": "amount",
        "words": "text",
        "way": "choice",
        "names": "list",
        "pairs": "pairs",
        "chains": "other",
        "hook": "text",
        "access_token": "text",
    }


def test_an_option_says_what_it_is_and_what_it_may_be() -> None:
    shown = forms(Options(most=7, chains={"a": ("b",)}))

    most = shown["most"]
    assert (most.description, most.schema) == ("How many at most.", {"type": "integer", "minimum": 1})
    assert (most.value, most.default, most.is_set, most.is_required) == (7, 5, True, False)
    assert shown["way"].choices == ("up", "down")
    assert shown["chains"].value == {"a": ["b"]}
    assert shown["pairs"].default == {}


@pytest.mark.parametrize("name", ["hook", "access_token"])
def test_a_secret_is_not_shown_and_can_only_be_set_at_the_start(name: str) -> None:
    shown = forms(Options(hook="https://secret", access_token="secret"))[name]

    assert (shown.is_secret, shown.is_set, shown.value, shown.default) == (True, True, None, None)
    assert shown.fixed_by == f"ADDON_MINE_{name.upper()}"
    assert "secret" not in repr(shown).replace("is_secret", "")


def test_it_is_said_who_set_an_option_and_where_alone_it_can_be_changed() -> None:
    values = AddonValues({"mine": {"words": "x", "most": 3}}, {"ADDON_MINE_MOST": "4"})

    shown = forms(Options(), values, "on", "most")

    assert {
        name: (one.source, one.fixed_by) for name, one in shown.items() if name in ("on", "most", "words")
    } == {
        "on": ("panel", None),
        "most": ("environment", "ADDON_MINE_MOST"),
        "words": ("file", "[addons.mine] words"),
    }
    assert shown["share"].source == "default"


def test_an_option_without_a_default_is_required() -> None:
    class Needing(Struct):
        folder: str

    (shown,) = form_of("mine", Needing("/x"), AddonValues({"mine": {"folder": "/x"}}), set())

    given: Any = (shown.is_required, shown.default, shown.value)
    assert given == (True, None, "/x")
