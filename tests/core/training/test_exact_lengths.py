"""Exact lengths agree with the ledger that a launch would show."""

from pathlib import Path

from core.data.lengths import at_limit
from core.training.exact_lengths import exact_lengths
from core.training.token_cache import find_cache
from core.training.token_key import row_hashes
from core.workspace import create_workspace
from tests.support.fake_tokens import NOTES, add_notes


def test_what_a_limit_cuts_is_what_the_ledger_says(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    recipe = add_notes(workspace)
    cache = find_cache(workspace, recipe, row_hashes(workspace, NOTES))
    assert cache is not None
    lengths = exact_lengths(cache)
    found = at_limit(lengths, cache.about.limit)
    entries = [one for one in cache.entries if one.problem is None]
    assert lengths.exact
    assert lengths.rows == len(entries)
    assert found.longer == sum(one.tokens > cache.about.limit for one in entries) > 0
    assert found.cut == sum(one.cut for one in entries)
    assert found.trained_cut == sum(one.supervised_cut for one in entries) > 0
