"""A server on loopback that judges: it prefers an answer with a word, or follows a bias."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.support.fake_chat import FakeChat, Fault, completion

_QUOTED = re.compile(r"<<<(\w{16})\n(.*?)\n\1>>>", re.DOTALL)


def answers_in(user: str) -> tuple[str, str]:
    """Return the two answers that a question quotes last."""
    parts = [text for _, text in _QUOTED.findall(user)]
    return parts[-2], parts[-1]


class JudgingChat(FakeChat):
    """Replies with a thought and a choice; a question may first meet faults."""

    def __init__(self, choose: Callable[[str, str], str]) -> None:
        super().__init__()
        self.choose = choose
        """Takes both answers in their order and returns 1, 2 or tie, or any other reply."""

    def next_of(self, question: str, request: dict[str, Any], headers: dict[str, str]) -> Fault:
        """Return what a request gets; faults are named by the first answer it quotes."""
        first, second = answers_in(question)
        fault = super().next_of(first, request, headers)
        if fault.status != 200 or fault.cut or fault.stall:
            return fault
        chosen = self.choose(first, second)
        reply = f'Thinking.\n{{"better": "{chosen}"}}' if chosen in {"1", "2", "tie"} else chosen
        return Fault(body=json.dumps(completion(reply)).encode())
