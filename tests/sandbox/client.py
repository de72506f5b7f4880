"""A plain HTTP client of the API that holds every answer it sees against the contract."""

import json
from typing import Any

import httpx

from tests import local

from .process import SECRET_KEY
from .published import defects_of_answer


class Client:
    """Calls as any language could make them: forms in, JSON out."""

    def __init__(self, url: str, *, key: str = SECRET_KEY) -> None:
        self.url = url
        self._key = key
        self._http = local.Client(base_url=url, timeout=30)

    def call(
        self, method: str, path: str, fields: Any = None, *, checked: bool = True, **headers: str
    ) -> httpx.Response:
        """One call; `fields` go into the body of a POST and the query of anything else."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        where = "data" if method == "POST" else "params"
        given = flat(fields or {})
        answer = self._http.request(
            method, path, headers={"Authorization": f"Bearer {self._key}", **sent}, **{where: given}
        )
        if checked:
            assert defects_of_answer(method, path, answer.status_code, answer.json()) == []
        return answer

    def post(self, path: str, fields: Any = None, **headers: str) -> Any:
        """A POST that succeeds."""
        return _taken(self.call("POST", path, fields, **headers))

    def get(self, path: str, fields: Any = None, **headers: str) -> Any:
        """A GET that succeeds."""
        return _taken(self.call("GET", path, fields, **headers))

    def delete(self, path: str) -> Any:
        """A DELETE that succeeds."""
        return _taken(self.call("DELETE", path))

    def refused(self, path: str, fields: Any = None, *, method: str = "POST", **headers: str) -> Any:
        """The error of a call that does not succeed, with its status."""
        answer = self.call(method, path, fields, **headers)
        assert answer.status_code >= 400, answer.text
        return {"status": answer.status_code, **answer.json()["error"]}

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control's JSON answer."""
        answer = self._http.request(method, f"/sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def journal(self) -> list[Any]:
        """The lines of the sandbox's own record."""
        return [json.loads(line) for line in self._http.get("/sandbox/journal").text.splitlines()]

    def paid(self, *, amount: int = 1_100_000, card: str = "pm_card_visa", **fields: Any) -> Any:
        """A payment intent that was created and confirmed in one call."""
        return self.post(
            "/v1/payment_intents",
            {"amount": amount, "currency": "sek", "confirm": True, "payment_method": card, **fields},
        )


def flat(fields: Any, prefix: str = "") -> dict[str, str]:
    """Nested fields in bracket notation."""
    found: dict[str, str] = {}
    pairs = fields.items() if isinstance(fields, dict) else enumerate(fields)
    for name, value in pairs:
        key = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, dict | list):
            found |= flat(value, key)
        else:
            found[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _taken(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()
