"""The translations: every string of the code and the templates, in Swedish.

`python -m tests.dashboards.catalogue` brings the catalogue in step with the code and compiles it.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PROJECT = Path(__file__).parents[2]
SWEDISH = PROJECT / "locale" / "sv" / "LC_MESSAGES"
PO, MO = SWEDISH / "django.po", SWEDISH / "django.mo"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
# The day does not move: a refresh that changes nothing leaves the file as it was.
A_DAY = datetime(2026, 1, 1, tzinfo=UTC)
ELSEWHERE = {"tests", "sandbox", "bench", "migrations"}


def strings_of_the_code() -> Catalog:
    """Every string that is marked for translation, with the files it stands in."""
    catalogue = Catalog(
        locale="sv",
        domain="django",
        header_comment="# Klubba in Swedish. Kept in step with the code by tests/dashboards/catalogue.py.",
        project="Klubba",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="sv",
        charset="utf-8",
    )
    for path in _sources():
        source = path.read_text()
        if path.suffix == ".html":
            source = templatize(source)
        found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
        for line, message, comments, context in found:
            del line, comments
            place = (str(path.relative_to(PROJECT)), None)
            catalogue.add(message, locations=[place], context=context)
    return catalogue


def written_catalogue() -> Catalog:
    with PO.open("rb") as po:
        return read_po(po, locale="sv")


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def refresh() -> list[str]:
    """Bring the catalogue in step with the code; answers what still needs a translation."""
    fresh = strings_of_the_code()
    if PO.exists():
        known = written_catalogue()
        for message in fresh:
            written = known.get(message.id, message.context) if message.id else None
            if written is not None:
                message.string = written.string
    fresh.fuzzy = False
    fresh.creation_date = fresh.revision_date = A_DAY
    with PO.open("wb") as po:
        write_po(po, fresh, width=100, sort_output=True, omit_header=False, include_lineno=False)
    MO.write_bytes(compiled(written_catalogue()))
    return untranslated(fresh)


def untranslated(catalogue: Catalog) -> list[str]:
    """Strings without a translation, with a plural missing, or with a guess for one."""
    return [str(message.id) for message in catalogue if message.id and not _is_whole(message)]


def _is_whole(message: object) -> bool:
    string = message.string  # type: ignore[attr-defined]
    return not message.fuzzy and (all(string) if isinstance(string, tuple | list) else bool(string))  # type: ignore[attr-defined]


def _sources() -> list[Path]:
    rooms = [room for room in PROJECT.iterdir() if room.is_dir() and (room / "__init__.py").exists()]
    found = [path for room in rooms for kind in ("*.py", "*.html") for path in room.rglob(kind)]
    return sorted(path for path in found if not ELSEWHERE & set(path.relative_to(PROJECT).parts))


if __name__ == "__main__":
    print("\n".join(refresh()))
