"""A page as a person reads it: its words, its tables, its links; and as a browser does: its elements."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from people.models import User

SILENT = {"script", "style", "template", "noscript", "svg", "title"}
VOID = {"meta", "link", "input", "br", "img", "path", "circle", "rect", "use"}
NO_BREAK = "\u00a0"


@dataclass
class Sheet(HTMLParser):
    """What stands on a page. `status` is the answer's, `elements` are (tag, attributes) in order."""

    status: int
    html: str = field(repr=False)
    words: list[str] = field(default_factory=list, repr=False)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list, repr=False)
    open: list[str] = field(default_factory=list, repr=False)
    scripts: list[tuple[dict[str, str], str]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((attributes, ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        if not SILENT & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        """Everything a person reads, in one line."""
        joined = " ".join(" ".join(self.words).replace(NO_BREAK, " ").split())
        return re.sub(r" ([.,;])", r"\1", joined)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def links(self) -> list[str]:
        return [a["href"] for a in self.all("a")]

    @property
    def bare_forms(self) -> list[str]:
        """The forms that change something and lack the token without which nothing is done."""
        forms = re.findall(r'<form [^>]*method="post".*?</form>', self.html, re.DOTALL)
        return [form for form in forms if "csrfmiddlewaretoken" not in form]

    @property
    def rows(self) -> int:
        """The rows of the page's list, without its head. A chart's own table is none."""
        rows, is_list = 0, False
        for tag, attributes in self.elements:
            if tag == "table":
                is_list = attributes.get("class") == "rows"
            rows += tag == "tr" and is_list
        return max(0, rows - 1)


class Reader:
    """Somebody at the pages; without a person, nobody in particular."""

    def __init__(self, person: User | None = None, **options: Any) -> None:
        self.client = Client(**options)
        if person:
            self.client.force_login(person)

    def get(self, path: str, **headers: str) -> Sheet:
        """The page; whichever it is, its forms can be sent."""
        answer = self.client.get(path, headers=headers)
        sheet = Sheet(answer.status_code, answer.content.decode())
        assert sheet.bare_forms == []
        return sheet

    def post(self, path: str, **fields: str) -> Any:
        return self.client.post(path, fields)
