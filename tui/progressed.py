"""The message of something long that runs beside a screen: how far it is."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class Progressed(Message):
    """Some more of it is done."""

    words: str
    done: int | None
    total: int | None

    def can_replace(self, message: Message) -> bool:
        """Let a newer count overtake one that still waits."""
        return isinstance(message, Progressed)
