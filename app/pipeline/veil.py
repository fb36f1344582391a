"""Keeps what an account is known by out of the words for a caller.

Upstream texts are cleaned by their shape before they come here. This looks for the very values of the
accounts that were tried, which an upstream may name in shapes that nobody has seen yet.
Source: faults.md rule 19.
Never: a look at anything but errors.
"""

from collections.abc import Sequence
from typing import Final

from app.errors import GatewayError
from app.flow import Attempt

_VEIL: Final = "[account]"
_SHORTEST: Final = 6
"""Shorter values stand in ordinary words."""


def veil(error: GatewayError, attempts: Sequence[Attempt]) -> None:
    """Take accounts out of the error's message."""
    for attempt in attempts:
        account, credential = attempt.lease.account, attempt.lease.credential
        for value in (
            account.email,
            account.project,
            credential.project,
            credential.access_token,
            account.refresh_token,
        ):
            if value and len(value) >= _SHORTEST:
                error.message = error.message.replace(value, _VEIL)
