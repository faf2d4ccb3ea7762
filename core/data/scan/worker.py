"""A process that checks pieces: reads them from its input until that ends, writes what it found."""

import pickle
import signal
import struct
import sys
from typing import IO, Final, NamedTuple

from core.data.asked import Asked
from core.data.formats import SHAPES
from core.data.scan.piece import check_piece

FRAME: Final = struct.Struct("<QQ")
"""Before each message: how many bytes follow, and the number of the first line."""


class Task(NamedTuple):
    """What holds for all pieces."""

    asked: Asked
    usual: str
    """Id of the shape that most rows of the file have; "" where it is not known."""
    signed: bool
    """Whether the rows' signatures are wanted."""


def send(pipe: IO[bytes], content: bytes, *, first: int = 0) -> None:
    """Write one message."""
    pipe.write(FRAME.pack(len(content), first))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[int, bytes] | None:
    """Return the number and the content of the next message, None at the end."""
    head = pipe.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    size, first = FRAME.unpack(head)
    content = pipe.read(size)
    return (first, content) if len(content) == size else None


def main() -> None:
    """Serve until the input ends; whoever started this process decides when to stop it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    begun = receive(sys.stdin.buffer)
    if begun is None:
        return
    task: Task = pickle.loads(begun[1])
    usual = next((shape for shape in SHAPES if shape.id == task.usual), None)
    while (message := receive(sys.stdin.buffer)) is not None:
        first, lines = message
        found = check_piece(lines, first=first, asked=task.asked, usual=usual, signed=task.signed)
        send(sys.stdout.buffer, pickle.dumps(found, protocol=5))


if __name__ == "__main__":
    main()
