"""What can be wrong with an addon before it runs, in sentences for whoever wrote or configured it."""


class AddonRefused(Exception):
    """An addon that cannot be loaded. The message is a sentence that names it and says what to do."""


class BadOption(ValueError):
    """Options that an addon does not take. Raised by `configure`; the message says which and why."""
