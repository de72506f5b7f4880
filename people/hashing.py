"""How passwords are kept: Argon2id at the least cost that OWASP's Password Storage Cheat Sheet allows."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class LeanArgon2(Argon2PasswordHasher):
    """19 MiB, filled twice, in one lane: docs/decisions/0016."""

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1

    def must_update(self, encoded: str) -> bool:
        """No: what is kept at another cost stays until its owner changes it, and signs nobody out."""
        return False
