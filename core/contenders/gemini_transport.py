"""Lets a Gemini that was tuned on Vertex AI answer chat completions; only inside a worker.

The client of chat completions speaks to this as to a server. Its request is put into Gemini's
form, signed with Google's own credentials, and the reply is put back: pace, tries and words of
failures are those of every other server.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx2 as httpx

from core.contenders.endpoint import EndpointSpec
from core.contenders.gemini_contents import Unsayable, contents_of, tools_of
from core.google_pass import LOGIN, GooglePass, SignInFailed
from core.redaction import Redactor

_VERSION = "v1beta1"
_FILTERED = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"}
)
_LIMITS = ("max_tokens", "max_completion_tokens")
_KEPT = ("retry-after", "date")
"""Headers of a reply that say when to ask again."""
_OK = 200


class GeminiTransport(httpx.AsyncBaseTransport):
    """One tuned model behind its endpoint."""

    def __init__(self, spec: EndpointSpec, key: str | None) -> None:
        """Take a token of somebody's own, or None for the credentials of this machine."""
        how: dict[str, Any] = {"follow_redirects": False, "trust_env": not spec.stays_here}
        self._url = f"{spec.base_url.rstrip('/')}/{_VERSION}/{spec.model}:generateContent"
        self._extra = dict(spec.extra)
        self._timeout = spec.timeout_seconds
        self._quiet = httpx.Client(**how)
        self._web = httpx.AsyncClient(**how)
        self._secrets: list[str] = []
        self._pass = GooglePass(key, self._quiet, self._secrets.append)
        self._turn = asyncio.Lock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return Gemini's answer to a chat completion, as one."""
        try:
            body = generation_of(json.loads(await request.aread()), self._extra)
        except Unsayable as unsaid:
            return _refusal(400, f"the conversation {unsaid}")
        try:
            async with self._turn:
                await asyncio.to_thread(self._pass.renew)
        except SignInFailed as failed:
            if failed.kind == "unreachable":
                raise httpx.ConnectError("the sign-in at Google") from None
            why = f"Google gives no token; `{LOGIN}` signs in. It says: {failed.said}"
            return _refusal(401, self._covered(why))
        reply = await self._web.post(
            self._url, json=body, headers=self._pass.headers, timeout=self._timeout
        )
        headers = {name: reply.headers[name] for name in _KEPT if name in reply.headers}
        if reply.status_code != _OK:
            if reply.status_code == 401:
                self._pass.forget()
            return _refusal(reply.status_code, self._covered(_words(reply)), headers)
        try:
            said = reply.json()
        except ValueError:
            return httpx.Response(_OK, content=reply.content, headers=headers)
        return httpx.Response(_OK, json=completion_of(said), headers=headers)

    async def aclose(self) -> None:
        """Let the connections go."""
        await self._web.aclose()
        self._quiet.close()

    def _covered(self, words: str) -> str:
        return Redactor(self._secrets)(words)


def generation_of(asked: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chat completion's request in Gemini's form; `extra` are settings of its own."""
    system, contents = contents_of(asked.get("messages") or [])
    settings: dict[str, Any] = dict(extra)
    for name in _LIMITS:
        if name in asked:
            settings["maxOutputTokens"] = asked[name]
    if "temperature" in asked:
        settings["temperature"] = asked["temperature"]
    instruction = {"systemInstruction": {"parts": system}} if system else {}
    return {
        "contents": contents,
        **instruction,
        **tools_of(asked.get("tools")),
        "generationConfig": settings,
    }


def completion_of(said: Any) -> Any:
    """Return Gemini's reply as a chat completion; what is no reply of Gemini's stays as it is."""
    if not isinstance(said, dict):
        return said
    candidates, feedback = said.get("candidates"), said.get("promptFeedback")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(first, dict):
        blocked = isinstance(feedback, dict) and feedback.get("blockReason")
        if not blocked:
            return said
        first = {"finishReason": "SAFETY"}
    reason = first.get("finishReason")
    content = first.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    told = [one for one in parts or () if isinstance(one, dict) and not one.get("thought")]
    calls = [one["functionCall"] for one in told if isinstance(one.get("functionCall"), dict)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(one["text"] for one in told if isinstance(one.get("text"), str)),
    }
    if calls:
        message["tool_calls"] = [_called(place, one) for place, one in enumerate(calls)]
    ended = "content_filter" if reason in _FILTERED else "stop"
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": "length" if reason == "MAX_TOKENS" else ended,
    }
    return {
        "id": str(said.get("responseId") or "gemini"),
        "object": "chat.completion",
        "created": 0,
        "model": str(said.get("modelVersion") or "gemini"),
        "choices": [choice],
        **_usage(said.get("usageMetadata")),
    }


def _called(place: int, call: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call of a tool as chats write it."""
    arguments = json.dumps(call.get("args") or {}, ensure_ascii=False, sort_keys=True)
    function = {"name": str(call.get("name") or ""), "arguments": arguments}
    return {"id": f"call_{place}", "type": "function", "function": function}


def _usage(counted: Any) -> dict[str, Any]:
    """Return what was counted; thinking is billed as part of the answer."""
    if not isinstance(counted, dict):
        return {}
    asked = counted.get("promptTokenCount")
    answered, thought = counted.get("candidatesTokenCount"), counted.get("thoughtsTokenCount")
    if not isinstance(asked, int) or not isinstance(answered, int):
        return {}
    out = answered + (thought if isinstance(thought, int) else 0)
    return {
        "usage": {"prompt_tokens": asked, "completion_tokens": out, "total_tokens": asked + out}
    }


def _refusal(status: int, words: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Return a refusal in the form of chat completions."""
    return httpx.Response(status, json={"error": {"message": words}}, headers=headers)


def _words(reply: httpx.Response) -> str:
    """Return the server's sentence, where it wrote one."""
    try:
        body = reply.json()
    except ValueError:
        return ""
    inner = body.get("error") if isinstance(body, dict) else None
    found = inner.get("message") if isinstance(inner, dict) else inner
    return found if isinstance(found, str) else ""
