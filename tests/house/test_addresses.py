"""Every public address is told in docs/api.md."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from config.home import PROJECT

DOCS = PROJECT / "docs" / "api.md"


def addresses_under(resolver: URLResolver, above: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses_under(pattern, above + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield above + str(pattern.pattern)


def missing_from(text: str, addresses: list[str]) -> list[str]:
    """Addresses the text does not name, whatever it calls their variable parts."""
    told = _nameless(text)
    return sorted({one for one in addresses if not re.search(re.escape(_nameless(one)) + r"(?![\w<])", told)})


def _nameless(text: str) -> str:
    return re.sub(r"<[^>\n]*>|\{[^}\n]*\}", "<>", text)


def test_every_public_address_is_told() -> None:
    if not DOCS.exists():
        pytest.skip("docs/api.md is not written yet")
    public = [address for address in addresses_under(get_resolver()) if address.startswith("/api/")]

    assert missing_from(DOCS.read_text(), public) == []


def test_an_address_that_is_not_told_is_seen() -> None:
    text = "| GET `/api/auctions/<id>/` | all | |"

    assert missing_from(text, ["/api/auctions/<int:auction_id>/"]) == []
    assert missing_from(text, ["/api/auctions/<int:auction_id>/close/"]) != []
    assert missing_from(text, ["/api/auctions/", "/api/bids/"]) == ["/api/auctions/", "/api/bids/"]
