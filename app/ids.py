"""Ids of flows, messages and tool calls, from a source that a test can replace."""

import secrets
import string
from collections.abc import Callable
from typing import NewType

FlowId = NewType("FlowId", str)
AccountId = NewType("AccountId", str)
KeyId = NewType("KeyId", str)
LeaseId = NewType("LeaseId", str)

_ALPHABET = string.digits + string.ascii_letters


class Ids:
    """Makes random alphanumeric ids.

    `token(n)` gives `n` characters of [0-9A-Za-z]. A test passes its own `token` for stable output.
    """

    def __init__(self, token: Callable[[int], str] | None = None) -> None:
        self.token = token or random_token

    def flow(self) -> FlowId:
        """`req_` and 24 characters: the request id that clients see and logs carry."""
        return FlowId("req_" + self.token(24))


def random_token(length: int) -> str:
    """`length` characters of [0-9A-Za-z] from the operating system's randomness."""
    drawn = int.from_bytes(secrets.token_bytes(length), "big")
    out = []
    for _ in range(length):
        drawn, index = divmod(drawn, 62)
        out.append(_ALPHABET[index])
    return "".join(out)
