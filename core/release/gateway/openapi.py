"""The document that describes the gateway to programs: OpenAPI 3.1."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": _TEXT,
            },
        }
    },
}
_TURN = {
    "type": "object",
    "required": ["role"],
    "properties": {
        "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
        "content": {
            "oneOf": [
                {"type": "null"},
                _TEXT,
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "text"],
                        "properties": {"type": {"const": "text"}, "text": _TEXT},
                    },
                },
            ]
        },
        "name": _TEXT,
        "tool_calls": {"type": "array", "items": {"type": "object"}},
        "tool_call_id": _TEXT,
    },
}
_ASKED = {
    "type": "object",
    "required": ["messages"],
    "description": "Sampling belongs to the release: fields not named here change nothing.",
    "properties": {
        "model": {**_TEXT, "description": "Name of the release, or nothing."},
        "messages": {"type": "array", "minItems": 1, "maxItems": 2000, "items": _TURN},
        "stream": {"type": ["boolean", "null"]},
        "stream_options": {
            "type": ["object", "null"],
            "properties": {"include_usage": {"type": "boolean"}},
        },
        "max_tokens": {"type": ["integer", "null"], "minimum": 1},
        "max_completion_tokens": {"type": ["integer", "null"], "minimum": 1},
        "tools": {"type": ["array", "null"]},
        "n": {"enum": [1, None]},
        "user": {**_TEXT, "maxLength": 512, "description": "Decides which arm answers, always."},
        "safety_identifier": {**_TEXT, "maxLength": 512, "description": "The same, and first."},
    },
}
_ANSWER = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices", "usage"],
    "properties": {
        "id": _TEXT,
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": _TEXT,
        "system_fingerprint": _TEXT,
        "choices": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "object"}},
        "usage": {"type": "object"},
        "review": {
            "type": "object",
            "description": "There where a person reviews answers before they go out.",
            "required": ["id", "status"],
            "properties": {
                "id": _TEXT,
                "status": {"enum": ["waiting", "approved", "corrected", "refused"]},
            },
        },
    },
}
_HELD = "Held for a person: no text, finish_reason content_filter; ask /v1/reviews/{id}."
_FEEDBACK = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "anyOf": [{"required": ["rating"]}, {"required": ["comment"]}, {"required": ["correction"]}],
    "properties": {
        "id": {**_TEXT, "minLength": 1, "maxLength": 80, "description": "Id of the answer."},
        "rating": {"enum": ["up", "down", 1, -1]},
        "comment": {**_TEXT, "minLength": 1, "maxLength": 20_000},
        "correction": {
            **_TEXT,
            "minLength": 1,
            "maxLength": 20_000,
            "description": "The answer as it should have been.",
        },
    },
}


def openapi() -> dict[str, Any]:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tuningfork gateway",
            "version": "1",
            "description": "Chat completions in front of the arms of a release.",
        },
        "security": [{}, {"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/v1/chat/completions": {
                "post": _operation("complete", "Answer a conversation.", _ASKED, _ANSWER)
            },
            "/v1/reviews/{id}": {"get": _review()},
            "/v1/feedback": {
                "post": _operation(
                    "feedback",
                    "Say how an answer was; it is on disk when this returns.",
                    _FEEDBACK,
                    {"type": "object", "properties": {"saved": {"const": True}}},
                )
            },
            "/v1/models": {
                "get": _operation("models", "Name the release.", None, {"type": "object"})
            },
            "/health": {
                "get": _operation("health", "Say that it answers.", None, {"type": "object"})
            },
        },
    }


def _operation(
    name: str, summary: str, asked: dict[str, Any] | None, answer: dict[str, Any]
) -> dict[str, Any]:
    """Return one operation; every refusal has the shape of OpenAI's errors."""
    made: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": _json("Done.", answer),
            "default": _json("Refused, or not possible now.", _ERROR),
        },
    }
    if asked is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": asked}},
        }
    if name == "complete":
        stream = {"schema": {"type": "string", "description": "Server-sent events."}}
        made["responses"]["200"]["content"]["text/event-stream"] = stream
        made["responses"]["202"] = _json(_HELD, _ANSWER)
    return made


def _review() -> dict[str, Any]:
    """Return the operation that asks what became of a held answer."""
    made = _operation("review", "Say what became of a held answer.", None, _ANSWER)
    made["responses"]["202"] = _json(_HELD, _ANSWER)
    made["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": _TEXT},
        {
            "name": "wait",
            "in": "query",
            "description": "Seconds to wait for the decision.",
            "schema": {"type": "integer", "minimum": 0, "maximum": 60, "default": 0},
        },
    ]
    return made


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
