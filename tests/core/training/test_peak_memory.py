"""The peak that a preflight compares is the one the system counts."""

from pathlib import Path

import pytest
import torch

from core.training.peak_memory import PeakMemory

HELD = 96 * 2**20
"""Bytes; far more than a process takes or gives back on the way."""


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="this system cannot begin a peak anew"
)
def test_a_peak_is_counted_after_it_has_passed_and_until_it_begins_anew() -> None:
    memory = PeakMemory(torch.device("cpu"))
    memory.reset()
    before = memory.read()
    held = bytearray(b"\1" * HELD)
    assert len(held) == HELD
    del held
    peak = memory.read()
    assert peak - before > HELD / 2
    assert memory.resident() < peak - HELD / 2
    memory.reset()
    assert memory.read() < peak - HELD / 2
