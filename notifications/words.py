"""What a letter is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A letter's subject, in one line, and its text."""

    subject: str
    text: str


def written(subject: str, *paragraphs: str) -> Words:
    """A letter of these paragraphs, without those that are empty."""
    return Words(subject=subject, text="\n\n".join([*filter(None, paragraphs), "Klubba"]) + "\n")


def ended_with(words: Words, *paragraphs: str) -> Words:
    """The same letter with these paragraphs below its end."""
    return Words(subject=words.subject, text="\n\n".join([words.text.strip(), *paragraphs]) + "\n")
