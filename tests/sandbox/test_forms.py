"""Forms with brackets, as each of Stripe's clients writes them, mean the same."""

import httpx
import pytest

from tests import local

from .process import SECRET_KEY, SandboxProcess

HEADERS = {"Authorization": f"Bearer {SECRET_KEY}", "Content-Type": "application/x-www-form-urlencoded"}


def post(running: SandboxProcess, body: str | bytes, path: str = "/v1/customers") -> httpx.Response:
    return local.post(f"{running.url}{path}", content=body, headers=HEADERS)


@pytest.mark.parametrize(
    "body",
    [
        "preferred_locales[]=sv&preferred_locales[]=en",
        "preferred_locales[0]=sv&preferred_locales[1]=en",
        "preferred_locales[1]=en&preferred_locales[0]=sv",
        "preferred_locales%5B0%5D=sv&preferred_locales%5B1%5D=en",
    ],
)
def test_arrays_are_written_in_several_ways(running: SandboxProcess, body: str) -> None:
    assert post(running, body).json()["preferred_locales"] == ["sv", "en"]


def test_spaces_plus_signs_and_letters_of_any_language_arrive(running: SandboxProcess) -> None:
    answer = post(running, b"name=%C3%85sa+%2B+B%C3%B6rje&metadata[%E2%82%AC]=1")

    assert answer.json()["name"] == "Åsa + Börje"
    assert answer.json()["metadata"] == {"€": "1"}


@pytest.mark.parametrize(
    "body",
    ["=1", "[a]=1", "name[=1", "a]b=1", "metadata=x&metadata[a]=1", "metadata[a]=1&metadata[a][b]=2",
     "a[b][c][d][e][f][g][h][i][j][k][l][m]=1", '{"name": "Bo"}'],
)  # fmt: skip
def test_a_form_that_makes_no_sense_is_a_400(running: SandboxProcess, body: str) -> None:
    answer = post(running, body)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_body_without_end_is_refused(running: SandboxProcess) -> None:
    assert post(running, "&".join(f"metadata[k{n}]=1" for n in range(2001))).status_code == 400
    assert post(running, b"name=" + b"x" * 1_100_000).status_code == 413


def test_bytes_that_are_no_text_do_no_harm(running: SandboxProcess) -> None:
    assert post(running, b"name=%ff%fe%00&metadata[a]=%ed%a0%80").status_code == 200
    assert post(running, b"\xff\xfe=1").status_code == 400


def test_stripe_js_is_served_with_its_type_and_nothing_outside_its_folder(running: SandboxProcess) -> None:
    shown = local.get(f"{running.url}/v3/")

    assert shown.status_code == 200
    assert shown.headers["content-type"].startswith("text/javascript")
    assert local.get(f"{running.url}/v3/%2e%2e/server.py").status_code == 404
    assert local.get(f"{running.url}/v3/nothing.js").status_code == 404
