"""Pages for what went wrong."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

from dashboards.errors import server_error
from tests.dashboards.reading import Reader, Sheet


def test_a_page_of_another_role_and_one_that_is_not_there_look_the_same(bo: Reader) -> None:
    forbidden, missing = bo.get("/seller/"), bo.get("/nowhere/")

    assert (forbidden.status, missing.status) == (403, 404)
    assert forbidden.text == missing.text
    assert "There is nothing here for you" in missing.text


def test_a_failure_tells_the_number_that_finds_it_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, bo: Reader
) -> None:
    def fail(person: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("dashboards.buyer.sums_of", fail)
    bo.client.raise_request_exception = False
    answer = bo.client.get("/buyer/")
    page = Sheet(answer.status_code, answer.content.decode())

    assert page.status == 500 and "Something failed on our side" in page.text
    assert answer.headers["X-Request-Id"] in page.text
    assert "secret of the inside" not in page.html and "Traceback" not in page.html


def test_the_failure_page_asks_the_database_for_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert server_error(RequestFactory().get("/")).status_code == 500
    assert list(seen.captured_queries) == []


def test_a_form_without_its_token_is_refused_in_words(cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.bo)
    answer = client.post("/sign-out/")

    assert answer.status_code == 403
    assert "This form was too old to be sent" in answer.content.decode()


@override_settings(ALLOWED_HOSTS=["klubba.example"])
def test_a_request_that_makes_no_sense_gets_a_calm_page(db: None) -> None:
    answer = Client().get("/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "That request was not understood" in answer.content.decode()
    assert not re.search(r"ALLOWED_HOSTS|evil", answer.content.decode())
