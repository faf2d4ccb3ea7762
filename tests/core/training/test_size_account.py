"""Exact lengths agree with the ledger that a launch would show."""

from dataclasses import replace
from pathlib import Path

from core.data.checking import Finding
from core.data.lengths import at_limit
from core.training.exact_truncation import with_exact_truncation
from core.training.size_account import size_account
from core.training.token_cache import find_cache
from core.training.token_key import row_hashes
from core.workspace import create_workspace
from tests.support.app_pilot import MACHINE
from tests.support.fake_tokens import NOTES, add_notes


def test_what_a_limit_cuts_is_what_the_ledger_says(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    recipe = add_notes(workspace)
    cache = find_cache(workspace, recipe, row_hashes(workspace, NOTES))
    assert cache is not None
    account = size_account(workspace, recipe, cache, MACHINE)
    found = at_limit(account.lengths, account.limit)
    entries = [one for one in cache.entries if one.problem is None]
    assert account.lengths.exact
    assert account.lengths.rows == len(entries)
    assert found.longer == sum(one.tokens > account.limit for one in entries) > 0
    assert found.cut == sum(one.cut for one in entries)
    assert found.trained_cut == sum(one.supervised_cut for one in entries) > 0


def test_without_a_run_there_is_no_time_and_no_cost(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    recipe = add_notes(workspace)
    cache = find_cache(workspace, recipe, row_hashes(workspace, NOTES))
    assert cache is not None
    outlook = size_account(workspace, recipe, cache, MACHINE).outlook
    assert (outlook.time, outlook.cost, outlook.speed) == (None, None, None)
    assert outlook.counted


def test_counted_truncation_takes_the_place_of_what_bytes_could_tell(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    recipe = add_notes(workspace)
    cache = find_cache(workspace, recipe, row_hashes(workspace, NOTES))
    assert cache is not None
    account = size_account(workspace, recipe, cache, MACHINE)
    guessed, other = finding("truncation"), finding("duplicate")
    found = with_exact_truncation([guessed, other], account)
    assert [(one.check, one.severity) for one in found] == [
        ("truncation", "high"),
        ("duplicate", "review"),
    ]
    assert "tokens with loss are cut" in found[0].message
    assert all("train row" in fault.message for fault in found[0].faults)
    roomy = replace(account, limit=100_000)
    assert with_exact_truncation([guessed, other], roomy) == (other,)


def finding(check: str) -> Finding:
    return Finding(
        check=check,
        severity="review",
        count=1,
        row_count=1,
        exposures=1,
        rows=(1,),
        message="",
        remedy="",
        faults=(),
    )
