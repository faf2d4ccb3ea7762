"""How many tokens OpenAI counts in a row of chat, by the rule it publishes; pure.

Every turn costs three tokens beside those of its role and its text, and every row three more, for
the answer that would follow. The rule covers plain text: for tools, pictures and preference pairs
none is published, so such rows are not counted at all.
"""

from collections.abc import Callable, Mapping

EACH_TURN = 3
EACH_ROW = 3
EACH_NAME = 1
"""What a name costs beside its own tokens."""
RULE = "OpenAI's published rule for chats"
_TEXTS = ("role", "content", "name")
_WEIGHT = "weight"
"""Says whether an answer is trained; it is no text."""


def chat_tokens(row: Mapping[str, object], count: Callable[[str], int]) -> int | None:
    """Return the tokens of a row; None where the rule says nothing of what it holds.

    `count` returns the tokens of a text in which no special mark counts as one.
    """
    turns = row.get("messages")
    if not isinstance(turns, list) or set(row) != {"messages"}:
        return None
    total = EACH_ROW
    for turn in turns:
        if not isinstance(turn, Mapping) or not set(turn) <= {*_TEXTS, _WEIGHT}:
            return None
        texts = [turn[name] for name in _TEXTS if name in turn]
        if not all(isinstance(text, str) for text in texts):
            return None
        total += EACH_TURN + sum(count(str(text)) for text in texts)
        total += EACH_NAME if "name" in turn else 0
    return total
