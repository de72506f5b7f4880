"""What no test can notice, and why: the file, what stood there and what it became."""

EXPLAINED: dict[tuple[str, str, str], str] = {}
