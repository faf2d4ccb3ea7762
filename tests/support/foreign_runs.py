"""Files as other programs write them: TensorBoard records by an encoder of our own, and JSON."""

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.foreign.crc32c import masked

WALL = 1_700_000_000.0
"""When the first point is made, seconds since the epoch."""


def at(seconds: float) -> datetime:
    """Return a moment some seconds after the first point."""
    return datetime.fromtimestamp(WALL + seconds, UTC)


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def scalar(tag: str | bytes, value: float) -> bytes:
    """Return one value of a summary."""
    name = tag.encode() if isinstance(tag, str) else tag
    return _field(1, name) + b"\x15" + struct.pack("<f", value)


def event(step: int, values: Sequence[bytes], *, wall: float = WALL) -> bytes:
    """Return the message of one event."""
    summary = b"".join(_field(1, value) for value in values)
    head = b"\x09" + struct.pack("<d", wall)
    return head + b"\x10" + _varint(step) + _field(5, summary)


def record(data: bytes) -> bytes:
    """Return the data in its frame."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def point(step: int, *, wall: float | None = None, **values: float) -> bytes:
    """Return a record for each value of a step; `__` in a name is a slash."""
    made = WALL + step if wall is None else wall
    return b"".join(
        record(event(step, [scalar(tag.replace("__", "/"), value)], wall=made))
        for tag, value in values.items()
    )


def write_state(
    folder: Path, history: Sequence[Any], *, total: int = 100, step: int | None = None
) -> Path:
    """Write the state of a Hugging Face Trainer."""
    folder.mkdir(parents=True, exist_ok=True)
    newest = history[-1]["step"] if step is None else step
    state = {
        "global_step": newest,
        "max_steps": total,
        "num_train_epochs": 2,
        "total_flos": 1e12,
        "log_history": list(history),
    }
    path = folder / "trainer_state.json"
    path.write_text(json.dumps(state))
    return path


def logged(step: int, **more: object) -> dict[str, Any]:
    """Return an entry of the history as a train step leaves it."""
    values = {"epoch": step / 50, "grad_norm": 0.5, "learning_rate": 1e-4, "loss": 4.0 / step}
    return {**values, "step": step, **more}


def log_line(step: int, *, total: int = 100, **more: object) -> str:
    """Return a line as LLaMA-Factory writes it."""
    line = {
        "current_steps": step,
        "total_steps": total,
        "loss": 4.0 / step,
        "lr": 1e-4,
        "epoch": step / 50,
        "percentage": 100.0 * step / total,
        "elapsed_time": f"0:{step // 30:02}:{2 * step % 60:02}",
        "remaining_time": "0:01:00",
    }
    return json.dumps({**line, **more}) + "\n"
