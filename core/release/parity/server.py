"""The export behind its own server, asked greedily; runs only inside a worker."""

from collections.abc import Callable, Sequence
from typing import Any

import openai

from core.contenders.contender import Conversation
from core.contenders.endpoint import EndpointSpec
from core.contenders.replies import Failed, read_failure, read_reply
from core.errors import JobError
from core.redaction import Redactor
from core.release.parity.compare import Answered
from core.text_safety import visible

_SENT = ("role", "content", "name", "tool_calls", "tool_call_id")


class Server:
    """Asks one model of a server that speaks the chat completions interface."""

    def __init__(
        self,
        spec: EndpointSpec,
        key: str | None,
        *,
        encode: Callable[[str], list[int]],
        limit: int,
        now: Callable[[], Any],
    ) -> None:
        """Take where it is; `encode` gives the tokens of an answer's text."""
        self._spec, self._encode, self._limit, self._now = spec, encode, limit, now
        self._redact = Redactor([key] if key else [])
        self._client = openai.OpenAI(
            api_key=key or "none",
            base_url=spec.base_url,
            max_retries=2,
            timeout=spec.timeout_seconds,
            http_client=openai.DefaultHttpxClient(
                follow_redirects=False, trust_env=not spec.stays_here
            ),
        )
        self._client.organization = self._client.project = None

    def close(self) -> None:
        """Leave no connection open."""
        self._client.close()

    def ask(self, asked: Conversation, *, stop: Sequence[str] = ()) -> Answered:
        """Return the answer to a conversation; `stop` are words sent along that end it."""
        messages = [{k: turn[k] for k in _SENT if k in turn} for turn in asked.messages]
        request: dict[str, Any] = {"messages": messages}
        if asked.tools:
            request["tools"] = asked.tools
        said = self._said(self._client.chat.completions.create, request, stop)
        if isinstance(said, Failed):
            raise JobError(
                what=f"The server at {visible(self._spec.origin)} did not answer.",
                why=f"Asked for the model {visible(self._spec.model)}: {said.why}.",
                remedy="Start it as the export's manifest says (`serve`), or name another address "
                "with --base-url and the model with --model.",
            )
        return said

    def complete(self, prompt: str) -> Answered | None:
        """Return the answer to a prompt as text; None where the server takes none."""
        said = self._said(self._client.completions.create, {"prompt": prompt}, ())
        return None if isinstance(said, Failed) else said

    def _said(self, create: Any, request: dict[str, Any], stop: Sequence[str]) -> Answered | Failed:
        """Return what a request brought."""
        spec = self._spec
        request = {
            "model": spec.model,
            spec.limit_field if "messages" in request else "max_tokens": self._limit,
            **request,
        }
        if spec.temperature != "server":
            request["temperature"] = spec.temperature
        if stop:
            request["stop"] = list(stop)[:4]
        try:
            reply = create(**request, extra_body=dict(spec.extra))
        except (TimeoutError, ValueError, openai.OpenAIError) as error:
            return read_failure(error, self._redact, key_name=spec.key, now=self._now)
        if "messages" in request:
            found = read_reply(reply, self._redact)
            if isinstance(found, Failed):
                return found
            text, stopped, count = found.text, found.stopped, found.tokens_in
        else:
            choice: Any = next(iter(getattr(reply, "choices", None) or ()), None)
            if not isinstance(getattr(choice, "text", None), str):
                return Failed(why="the reply is no completion", again=False)
            text, stopped, count = choice.text, choice.finish_reason != "length", None
        return Answered(ids=tuple(self._encode(text)), stopped=stopped, prompt_tokens=count)
