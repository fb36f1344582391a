"""What can be wrong with the store as a whole.

Each message is for the operator: what is wrong, with which file, and what to do.
"""

from app.errors import GatewayError


class StoreUnavailable(GatewayError):
    """A request needs the database, and it does not answer. Known keys never come to this."""

    status = 503
    code = "store_unavailable"


class StoreError(Exception):
    """The store cannot be opened or used as asked."""


class StoreLocked(StoreError):
    """Another process has it."""


class StoreCorrupt(StoreError):
    """The file is damaged. Nothing was changed in it."""


class StoreTooNew(StoreError):
    """A newer version of the program has changed the tables."""


class SealBroken(StoreError):
    """A sealed value does not open: another key, another row, or damage."""
