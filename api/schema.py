"""What the OpenAPI schema tells beside the shapes: problems, files, and headers in and out."""

from typing import Any

from api.problems import MEDIA_TYPE

Part = dict[str, Any]

KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "The same key and body within 24 hours is answered the same and happens once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
REPLAYED = {
    "Idempotency-Replayed": {
        "description": "Present when the key was known: this is the first request's answer.",
        "schema": {"type": "string", "const": "true"},
    }
}
LINK = {
    "Link": {
        "description": 'The next page: <absolute URL>; rel="next". Absent on the last.',
        "schema": {"type": "string"},
    }
}
RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
}
CHALLENGE = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
# What is answered before a key is looked at, or without an answer to keep.
NEVER_REPLAYED = {401, 403, 429, 500, 503}


def tell_what_shapes_do_not(paths: Part) -> None:
    """Complete every operation of the schema's `paths`."""
    for operations in paths.values():
        for method, operation in operations.items():
            _tell_statuses(operation["responses"])
            if method == "post" and "security" in operation:
                _tell_key(operation)
            if "cursor" in {one["name"] for one in operation["parameters"]}:
                _tell_list(operation["responses"][200])


def _tell_statuses(responses: dict[int, Part]) -> None:
    for status, response in responses.items():
        if status >= 400:
            response["content"] = {MEDIA_TYPE: response["content"].popitem()[1]}
        if status == 401:
            _add_headers(response, CHALLENGE)
        if status in (429, 503):
            _add_headers(response, RETRY_AFTER)


def _tell_key(operation: Part) -> None:
    operation["parameters"].append(KEY)
    for status, response in operation["responses"].items():
        if status not in NEVER_REPLAYED:
            _add_headers(response, REPLAYED)


def _tell_list(answer: Part) -> None:
    _add_headers(answer, LINK)
    answer["content"]["text/csv"] = {"schema": {"type": "string"}}


def _add_headers(response: Part, headers: Part) -> None:
    response.setdefault("headers", {}).update(headers)
