"""The document that describes the gateway to programs: OpenAPI 3.1, made of the types that parse.

Every status that a client can meet is named; one that is not named is a fault.
"""

from typing import Any, Final

import msgspec

from core.release.gateway.asking import Request
from core.release.gateway.feedback import Saying

_PLACE: Final = "#/components/schemas/{name}"
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 0}
_DONE: Final = {
    200: "Done.",
    202: "Held for a person: no text, finish_reason content_filter; ask /v1/reviews/{id}.",
}
_REFUSALS: Final = {
    400: "A field is not what it should be; `param` names it.",
    401: "The token is missing or wrong.",
    403: "A page of another site asked.",
    404: "There is nothing of this name.",
    408: "The body did not come in time.",
    413: "The body is too long.",
    415: "The body is not said to be JSON.",
    421: "The Host header names another server.",
    503: "No arm of the release answered, or too many ask at once.",
    504: "No whole answer came in time.",
    507: "It could not be saved.",
}
_DOORS: Final = (401, 403, 421, 503)
"""What every request may meet."""
_BODIES: Final = (400, 404, 408, 413, 415, 507)
"""What a request with a body may meet besides."""


def _object(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the schema of an object whose fields are these."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | more,
        "additionalProperties": False,
    }


_CHOICE: Final = _object(
    {
        "index": {"const": 0},
        "finish_reason": {"enum": ["stop", "length", "tool_calls", "content_filter"]},
        "logprobs": {"type": "null"},
        "message": _object(
            {
                "role": {"const": "assistant"},
                "content": {"type": ["string", "null"]},
                "refusal": {"type": ["string", "null"]},
            },
            tool_calls={"type": "array"},
        ),
    }
)
_ANSWER: Final = _object(
    {
        "id": _TEXT,
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": _TEXT,
        "system_fingerprint": _TEXT,
        "choices": {"type": "array", "minItems": 1, "maxItems": 1, "items": _CHOICE},
        "usage": _object(
            {"prompt_tokens": _COUNT, "completion_tokens": _COUNT, "total_tokens": _COUNT}
        ),
    },
    review=_object(
        {"id": _TEXT, "status": {"enum": ["waiting", "approved", "corrected", "refused"]}},
    )
    | {"description": "There where a person reviews answers before they go out."},
)
_ERROR: Final = _object(
    {
        "error": _object(
            {"message": _TEXT, "type": _TEXT, "param": {"type": ["string", "null"]}, "code": _TEXT}
        )
    }
)
_MODELS: Final = _object(
    {
        "object": {"const": "list"},
        "data": {
            "type": "array",
            "items": _object(
                {
                    "id": _TEXT,
                    "object": {"const": "model"},
                    "created": {"type": "integer"},
                    "owned_by": _TEXT,
                }
            ),
        },
    }
)
_HEALTH: Final = _object(
    {"status": {"const": "ok"}, "release": _TEXT, "rolled_back": {"type": "boolean"}}
)
_SAVED: Final = _object({"saved": {"const": True}})
_SAYS_SOMETHING: Final = [
    {"required": ["rating"], "properties": {"rating": {"not": {"type": "null"}}}},
    *(
        {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}
        for name in ("comment", "correction")
    ),
]
"""A field that is there and empty says nothing; one of them has to say something."""
_REVIEW_PARAMETERS: Final = [
    {"name": "id", "in": "path", "required": True, "schema": {**_TEXT, "minLength": 1}},
    {
        "name": "wait",
        "in": "query",
        "description": "Seconds to wait for the decision.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 60, "default": 0},
    },
]


def openapi(*, needs_token: bool) -> dict[str, Any]:
    """Return the document."""
    _, schemas = msgspec.json.schema_components([Request, Saying], ref_template=_PLACE)
    schemas["Saying"]["anyOf"] = _SAYS_SOMETHING
    answers = {200: _ref("Answer"), 202: _ref("Answer")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tuningfork gateway",
            "version": "1",
            "description": "Chat completions in front of the arms of a release.",
        },
        "security": [{"token": []}] if needs_token else [],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas
            | {
                "Answer": _ANSWER,
                "Error": _ERROR,
                "Models": _MODELS,
                "Health": _HEALTH,
                "Saved": _SAVED,
            },
        },
        "paths": {
            "/v1/chat/completions": {
                "post": _with_stream(
                    _operation(
                        "complete",
                        "Answer a conversation, with `stream` as server-sent events.",
                        answers,
                        (*_BODIES, 504),
                        "Request",
                    )
                )
            },
            "/v1/reviews/{id}": {
                "get": _operation(
                    "review", "Say what became of a held answer.", answers, (400, 404)
                )
                | {"parameters": _REVIEW_PARAMETERS}
            },
            "/v1/feedback": {
                "post": _operation(
                    "feedback",
                    "Say how an answer was; it is on disk when this returns.",
                    {200: _ref("Saved")},
                    _BODIES,
                    "Saying",
                )
            },
            "/v1/models": {"get": _operation("models", "Name the release.", {200: _ref("Models")})},
            "/health": {
                "get": _operation("health", "Say that it answers.", {200: _ref("Health")})
                | {"security": []}
            },
        },
    }


def _operation(
    name: str,
    summary: str,
    answers: dict[int, dict[str, Any]],
    refusals: tuple[int, ...] = (),
    asked: str = "",
) -> dict[str, Any]:
    """Return one operation; every refusal has the shape of OpenAI's errors."""
    responses = {str(code): _json(_DONE[code], schema) for code, schema in answers.items()}
    for code in sorted({*_DOORS, *refusals}):
        responses[str(code)] = _json(_REFUSALS[code], _ref("Error"))
    made: dict[str, Any] = {"operationId": name, "summary": summary, "responses": responses}
    if asked:
        body = {"schema": _ref(asked)}
        made["requestBody"] = {"required": True, "content": {"application/json": body}}
    return made


def _with_stream(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation whose answer also comes as a stream."""
    operation["responses"]["200"]["content"]["text/event-stream"] = {}
    return operation


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _PLACE.format(name=name)}
