"""What can be wrong with the store as a whole.

Each message is for the operator: what is wrong, with which file, and what to do.
"""


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
