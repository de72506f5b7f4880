"""A letter as HTML: the same words in the same order, with nothing that is fetched."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from notifications.models import Letter


@dataclass(frozen=True)
class Paragraph:
    """A part of a letter between blank lines."""

    text: str

    @property
    def is_link(self) -> bool:
        """Whether it is an address of ours and nothing else. What a stranger wrote stands in a sentence."""
        return re.fullmatch(rf"{re.escape(settings.SITE_ORIGIN)}/\S*", self.text) is not None


def html_of(letter: Letter) -> str:
    """The letter for those who do not read plain text; it says no more than that does."""
    paragraphs = [Paragraph(text) for text in letter.text.strip().split("\n\n")]
    return render_to_string("notifications/letter.html", {"letter": letter, "paragraphs": paragraphs})
