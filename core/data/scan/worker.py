"""A process that checks the pieces its input names until that ends, and writes what it found."""

import gc
import os
import pickle
import signal
import struct
import sys
from typing import IO, Final, NamedTuple

from core.data.asked import Asked
from core.data.formats import SHAPES
from core.data.scan.piece import Found, check_piece
from core.data.scan.source import Piece

_SIZE: Final = struct.Struct("<Q")
"""Before each message: how many bytes follow."""
_PIECE: Final = struct.Struct("<QQQ")
"""A piece: the byte it begins with, how many it has, and the number of its first line."""


class Task(NamedTuple):
    """What holds for all pieces."""

    asked: Asked
    usual: str
    """Id of the shape that most rows of the file have; "" where it is not known."""
    signed: bool
    """Whether the rows' signatures are wanted."""
    file: int
    """Descriptor of the file, which the process has inherited."""


def send(pipe: IO[bytes], content: bytes) -> None:
    """Write one message."""
    pipe.write(_SIZE.pack(len(content)) + content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Return the next message, None at the end."""
    head = _read(pipe, _SIZE.size)
    return _read(pipe, _SIZE.unpack(head)[0]) if head else None


def _read(pipe: IO[bytes], size: int) -> bytes | None:
    """Return so many bytes, which may come in parts; None where the pipe ends before."""
    parts: list[bytes] = []
    while size:
        part = pipe.read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def name(piece: Piece) -> bytes:
    """Return the message that asks for a piece."""
    return _PIECE.pack(piece.offset, piece.length, piece.first)


def check(lines: bytes, first: int, task: Task) -> Found:
    """Return what is found in whole lines, the first of which has this number."""
    usual = next((shape for shape in SHAPES if shape.id == task.usual), None)
    return check_piece(lines, first=first, asked=task.asked, usual=usual, signed=task.signed)


def serve(task: Task, asking: IO[bytes], answering: IO[bytes]) -> None:
    """Check the pieces that are asked for until no more can be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is loaded by now stays, and need not be looked through again and again
    while (message := receive(asking)) is not None:
        offset, length, first = _PIECE.unpack(message)
        lines = os.pread(task.file, length, offset)
        send(answering, pickle.dumps(check(lines, first, task), protocol=5))


def main() -> None:
    """Serve until the input ends; whoever started this process decides when to stop it."""
    begun = receive(sys.stdin.buffer)
    if begun is not None:
        serve(pickle.loads(begun), sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
