"""Every way in which a request can end is told in words. Spec: admin-ui.md 2.1: "It does not work. Why?"."""

from collections.abc import Iterator

import msgspec
import pytest

from app.errors import GatewayError
from app.resources import folder


def codes(kind: type[GatewayError] = GatewayError) -> Iterator[str]:
    """The codes of all errors the gateway itself can answer with; addons and tests bring their own."""
    if kind.__module__.startswith("app."):
        yield kind.code
    for each in kind.__subclasses__():
        yield from codes(each)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_a_reason_and_something_to_do(language: str) -> None:
    path = folder("admin_ui") / "i18n" / language / "reasons.json"
    words = msgspec.json.decode(path.read_bytes(), type=dict[str, str])

    missing = {code for code in codes() for kind in ("code", "do") if f"{kind}_{code}" not in words}
    assert missing == set()
