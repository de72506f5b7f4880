"""Ids and secrets: a prefix that tells the kind, then letters nobody can guess."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, *, length: int = 24) -> str:
    """A fresh id such as `ch_3Q…`."""
    return f"{prefix}_{random_letters(length)}"


def random_letters(length: int) -> str:
    """Letters and digits from the system's randomness."""
    return "".join(ALPHABET[one % len(ALPHABET)] for one in secrets.token_bytes(length))
