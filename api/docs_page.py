"""The API's documentation, drawn from its schema. No script, nothing from elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from api.codes import CODES


class DocsPage(DocsBase):
    """Every operation with what it takes and answers, and every code."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **parts: Any) -> HttpResponse:
        schema = api.get_openapi_schema()
        context = {
            "groups": _groups(schema),
            "codes": [(code, status, title) for code, (status, title) in CODES.items()],
            "schema_url": self.get_openapi_url(api, parts),
        }
        return render(request, "api/docs.html", context)


def _groups(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations under their tags, in the order of their addresses."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, operations in schema["paths"].items():
        for method, operation in operations.items():
            told = _told(operation, schema) | {"method": method.upper(), "address": address}
            groups.setdefault(operation["tags"][0], []).append(told)
    return groups


def _told(operation: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    answers = operation["responses"]
    made = {status: _fields(answer, schema) for status, answer in answers.items() if int(status) < 400}
    return {
        "says": operation.get("description", ""),
        "query": [one for one in operation["parameters"] if one["in"] == "query"],
        "headers": [one for one in operation["parameters"] if one["in"] == "header"],
        "body": _fields(operation.get("requestBody", {}), schema),
        "answers": made,
        "problems": [status for status in answers if status not in made],
    }


def _fields(message: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The names of a body's fields; those that may be left out end in a question mark."""
    content = message.get("content", {}).get("application/json", {}).get("schema", {})
    content = content.get("items", content)
    name = content.get("$ref", "").rsplit("/", 1)[-1]
    shape = schema["components"]["schemas"].get(name, content)
    required = shape.get("required", [])
    return [field if field in required else f"{field}?" for field in shape.get("properties", {})]
