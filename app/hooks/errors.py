"""What can be wrong with an addon before it runs, in sentences for whoever wrote or configured it."""


class AddonRefused(Exception):
    """An addon that cannot be loaded. The message is a sentence that names it and says what to do."""


class BadOption(ValueError):
    """Options that an addon does not take. Raised by `configure`; the message says which and why.

    `where` is the option that is wrong, when it is one: a form shows the message beside it.
    """

    def __init__(self, message: str, *, where: str | None = None) -> None:
        super().__init__(message)
        self.where = where


class FixedOption(BadOption):
    """An option that the settings have settled, so that it cannot be changed while running."""


def told(exc: BaseException) -> str:
    """An exception of an addon in words; its own text may fail as well."""
    try:
        return f"{type(exc).__name__}: {exc}"
    except Exception:  # noqa: BLE001 - an exception's own text may raise anything
        return type(exc).__name__
