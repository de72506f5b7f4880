"""Every string is there in Swedish, and what is compiled is what is written."""

from __future__ import annotations

import re

from django.test import override_settings
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from tests.dashboards import catalogue

PLACES = re.compile(r"%\(\w+\)s|%[sd]")


def test_the_catalogue_holds_exactly_the_strings_of_the_code() -> None:
    in_code = {(m.context, str(m.id)) for m in catalogue.strings_of_the_code() if m.id}
    written = {(m.context, str(m.id)) for m in catalogue.written_catalogue() if m.id}

    assert in_code - written == set(), "run: python -m tests.dashboards.catalogue"
    assert written - in_code == set(), "run: python -m tests.dashboards.catalogue"


def test_no_string_is_untranslated() -> None:
    assert catalogue.untranslated(catalogue.written_catalogue()) == []


def test_what_is_compiled_is_what_is_written() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.written_catalogue())


def test_a_translation_has_the_places_of_its_original() -> None:
    for message in catalogue.written_catalogue():
        originals = message.id if isinstance(message.id, tuple | list) else [message.id]
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        for original, string in zip(originals, strings, strict=True):
            assert sorted(PLACES.findall(original)) == sorted(PLACES.findall(string)), original


def test_django_reads_it() -> None:
    with translation.override("sv"):
        assert gettext("Commission paid") == "Betald provision"
        assert pgettext("payment", "To pay") == "Att betala"
        assert ngettext("in %d hour", "in %d hours", 2) % 2 == "om 2 timmar"


def test_a_missing_translation_is_seen() -> None:
    written = catalogue.written_catalogue()
    written.add("Something nobody translated")

    assert catalogue.untranslated(written) == ["Something nobody translated"]


def test_strings_of_code_and_of_templates_are_both_found() -> None:
    found = {(m.context, m.id) for m in catalogue.strings_of_the_code()}

    assert ("payment", "Approve in bank") in found
    assert (None, "Skip to the content") in found


@override_settings(LANGUAGE_CODE="en")
def test_english_is_the_original() -> None:
    with translation.override("en"):
        assert gettext("Commission paid") == "Commission paid"
