"""A refusal is one plain sentence that reaches the person at the keyboard without a traceback."""


class Refusal(Exception):
    """Something that cannot be done here, in words the reader can act on."""
