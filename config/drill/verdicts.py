"""How a drill ends that does not end well."""

from config.sentences import Refusal


class DrillRefused(Refusal):
    """The drill cannot be held here and now; nothing is said of the backup."""


class DrillFailed(Exception):
    """The drill was held, and what must be true of a restored backup is not; the message says what."""
