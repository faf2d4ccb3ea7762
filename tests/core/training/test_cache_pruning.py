"""The token cache stays small: what was used least recently goes, what is in use stays."""

import gc
import os
from pathlib import Path

import pytest

from core.doctor import diagnose
from core.training.cache_pruning import cache_size, prune_cache
from core.training.recipe import Recipe, make_recipe
from core.training.token_cache import TokenCache, cache_folder, find_cache, open_cache
from core.training.token_key import row_hashes
from core.workspace import Workspace
from tests.support.fake_tokens import NOTES, add_notes, add_tokens
from tests.support.path_job import SPLIT


def recipe(limit: int | None = None) -> Recipe:
    data = {"split": SPLIT} | ({} if limit is None else {"max_tokens": limit})
    return make_recipe({"name": "a", "data": data}, where="test")


def folder(workspace: Workspace, limit: int | None) -> Path:
    return cache_folder(workspace, recipe(limit), row_hashes(workspace, SPLIT))


def allow(workspace: Workspace, setting: str) -> None:
    workspace.config.write_text(f'version = 1\nname = "w"\n[cache]\ntokens_gb = {setting}\n')


def made(workspace: Workspace, *limits: int) -> list[Path]:
    """Make caches of one size, the first used longest ago."""
    found = []
    for age, limit in enumerate(limits):
        add_tokens(workspace, recipe(limit))
        found.append(folder(workspace, limit))
        gc.collect()
        os.utime(found[-1] / "about.json", (1000 + age, 1000 + age))
    return found


def there(folders: list[Path]) -> list[bool]:
    return [one.is_dir() for one in folders]


def test_what_was_used_least_recently_goes_first(workspace: Workspace) -> None:
    folders = made(workspace, 100, 101, 102, 103)
    size = cache_size(workspace)
    assert (size.folders, size.limit) == (4, 20 * 2**30)
    assert prune_cache(workspace, keep=folders[0]) == 0
    each = size.bytes // 4
    allow(workspace, f"{2.5 * each / 2**30:.12f}")
    freed = prune_cache(workspace, keep=folders[0])
    assert there(folders) == [True, False, False, True], "the one that is asked for stays"
    assert freed == 2 * each
    assert cache_size(workspace).bytes == size.bytes - freed
    assert not list(workspace.token_cache.glob(".*"))


def test_opening_makes_it_the_newest(workspace: Workspace) -> None:
    folders = made(workspace, 100, 101)
    open_cache(folders[0])
    gc.collect()
    allow(workspace, f"{1.5 * cache_size(workspace).bytes / 2 / 2**30:.12f}")
    prune_cache(workspace, keep=workspace.root)
    assert there(folders) == [True, False]


def test_what_is_open_stays_and_reads_on(workspace: Workspace) -> None:
    folders = made(workspace, 100, 101)
    used = open_cache(folders[0])
    assert used is not None
    allow(workspace, "0")
    prune_cache(workspace, keep=workspace.root)
    assert there(folders) == [True, False]
    assert used.pieces.texts
    assert used.rows("train")[0].ids
    del used
    gc.collect()
    prune_cache(workspace, keep=workspace.root)
    assert there(folders) == [False, False]


def test_a_new_cache_makes_room_for_itself(workspace: Workspace) -> None:
    allow(workspace, "0")
    made(workspace, 100)
    assert there([folder(workspace, 100)]) == [True]
    add_tokens(workspace, recipe(101))
    gc.collect()
    assert there([folder(workspace, 100), folder(workspace, 101)]) == [False, True]


@pytest.mark.parametrize("setting", ['"much"', "-1", "true", "nan"])
def test_a_setting_that_is_no_size_counts_as_unset(workspace: Workspace, setting: str) -> None:
    allow(workspace, setting)
    assert cache_size(workspace).limit == 20 * 2**30


def test_doctor_says_what_it_takes(workspace: Workspace) -> None:
    made(workspace, 100)
    (said,) = [one for one in diagnose(workspace, workspace.root) if one.subject == "token cache"]
    assert "in 1 set of tokens; above 20.0 GB" in said.finding


# One set of tokens serves every limit that cuts none of them.


def notes(limit: int | None) -> Recipe:
    data = {"split": NOTES} | ({} if limit is None else {"max_tokens": limit})
    return make_recipe({"name": "a", "data": data}, where="test")


def found(workspace: Workspace, limit: int | None) -> TokenCache | None:
    return find_cache(workspace, notes(limit), row_hashes(workspace, NOTES))


def test_tokens_without_a_limit_serve_a_limit_that_cuts_nothing(workspace: Workspace) -> None:
    add_notes(workspace)
    assert found(workspace, 100) is None
    add_tokens(workspace, notes(None))
    whole = found(workspace, None)
    assert whole is not None
    longest = max(entry.tokens for entry in whole.entries)
    for limit in (longest, longest + 1, 1024):
        cache = found(workspace, limit)
        assert cache is not None
        assert cache.folder == whole.folder
    assert found(workspace, longest - 1) is None, "it would cut"
    assert found(workspace, 1025) is None, "the model reads no more, which the launch says"
    before = sorted(workspace.token_cache.iterdir())
    add_tokens(workspace, notes(longest))
    assert sorted(workspace.token_cache.iterdir()) == before, "nothing is made twice"


def test_a_limit_of_its_own_is_made_once_and_found(workspace: Workspace) -> None:
    add_notes(workspace)
    add_tokens(workspace, notes(None))
    add_tokens(workspace, notes(40))
    own = found(workspace, 40)
    assert own is not None
    assert own.about.limit == 40
