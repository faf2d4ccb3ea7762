"""Arrays are the same whether they stayed in memory or went to disk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.mapped import let_go
from core.data.scan import kept
from core.data.scan.kept import KeptArray

parts = st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=9), min_size=1, max_size=6)


@given(parts, st.sampled_from([0, 40, 1 << 20]))
def test_it_is_its_parts_behind_each_other(given: list[list[int]], in_memory: int) -> None:
    array = KeptArray()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "_IN_MEMORY", in_memory)
        for part in given:
            array.add(np.array(part, np.uint32).repeat(2).reshape(-1, 2))
        whole = array.whole()
    wanted = [[value, value] for part in given for value in part]
    assert whole.tolist() == wanted
    assert whole.shape == (len(wanted), 2)
    let_go(whole)
    let_go(whole[1:])
    assert whole.tolist() == wanted


def test_what_is_let_go_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_IN_MEMORY", 0)
    array = KeptArray()
    array.add(np.arange(1 << 18))
    whole = array.whole()
    before = resident(whole)
    assert whole.sum() == (1 << 17) * ((1 << 18) - 1)
    assert resident(whole) > before
    let_go(whole)
    assert resident(whole) == before


def resident(array: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    """Kilobytes of the array's mapping that are in memory, as Linux tells; 0 elsewhere."""
    begin = array.__array_interface__["data"][0]
    try:
        with open("/proc/self/smaps") as file:
            lines = iter(file.read().splitlines())
    except OSError:
        pytest.skip("only Linux says which memory a process holds")
    for line in lines:
        if line.startswith((f"{begin:x}-", f"{begin:08x}-")):
            return next(int(one.split()[1]) for one in lines if one.startswith("Rss:"))
    raise AssertionError("the array is not mapped")
