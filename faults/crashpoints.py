"""Named places where a process may be made to die, so that the tests can prove that nothing is lost there."""


def crashpoint(name: str) -> None:
    """Nothing happens here. The proof by breaking gives some of these names a blow."""
