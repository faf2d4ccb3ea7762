"""Tokens are counted exactly in a child by who counts as the service does, or it says why not."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from tokenizers import Tokenizer

from core.catalog.base_models import embedded_model
from core.errors import MachineError
from core.hosted import counting
from core.hosted.counting import Counter, Counting, counter_of, counts_of
from core.hosted.kinds import kind_of
from core.hosted.plan import HostedPlan, Wish, make_plan
from core.workspace import Workspace
from tests.support.hosted_split import split_of
from tests.support.small_encoding import NAME, by_hand, install_encoding

TODAY = date(2026, 11, 20)
SMALL = Counter("tiktoken", NAME, "gpt-4o-2024-08-06")


def plan(workspace: Workspace, **wish: str) -> HostedPlan:
    asked = {"provider": "openai", "model": "gpt-4o-2024-08-06", "split": "tickets"} | wish
    return make_plan(workspace, Wish(**asked), today=TODAY, environment={})  # type: ignore[arg-type]


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Return an environment with the small encoding, and a cache without any other."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    paths = [str(install_encoding(tmp_path / "plugins")), os.environ.get("PYTHONPATH", "")]
    return {
        **kept,
        "PYTHONPATH": ":".join(one for one in paths if one),
        "TIKTOKEN_CACHE_DIR": str(tmp_path / "encodings"),
    }


def test_the_count_is_that_of_the_encoding_and_the_rule_by_hand(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    workspace = split_of(tmp_path)
    made = plan(workspace)
    said: list[tuple[str, int | None, int | None]] = []
    found = Counting(workspace, SMALL, made.leaving, environment).count(
        lambda *words: said.append(words)
    )
    assert found is not None
    assert found.by == NAME
    for part in made.leaving.files:
        rows = [json.loads(line) for line in part.content.splitlines()]
        each = [
            3
            + sum(3 + by_hand(turn["role"]) + by_hand(turn["content"]) for turn in row["messages"])
            for row in rows
        ]
        assert found.tokens[part.name] == (sum(each), max(each))
    rows_in_all = sum(len(part.examples) for part in made.leaving.files)
    assert said[-1] == ("counting tokens", rows_in_all, rows_in_all)
    assert counts_of(workspace, SMALL, made.leaving) == found
    assert counts_of(workspace, SMALL._replace(name="other"), made.leaving) is None


def test_a_plan_with_counts_is_exact_to_the_cent(
    tmp_path: Path, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = split_of(tmp_path)
    ranged = plan(workspace)
    assert (ranged.estimate.tokens, ranged.estimate.counted) == (None, False)
    monkeypatch.setattr("core.hosted.plan.counter_of", lambda *_, **__: SMALL)
    found = Counting(workspace, SMALL, ranged.leaving, environment).count(lambda *_: None)
    assert found is not None
    exact = plan(workspace)
    one_pass = found.tokens["train"][0]
    assert exact.tokens == (one_pass, one_pass)
    assert exact.estimate.tokens == exact.spec.price.tokens == 3 * one_pass
    cents = round(3 * one_pass * 25 / 10_000)  # 25 dollars a million, and no half cent here
    assert exact.estimate.low == exact.estimate.high
    assert str(exact.estimate.low) == f"{cents / 100:.2f}"
    assert ranged.tokens.low < one_pass


def test_an_encoding_that_is_not_here_is_said_and_nothing_is_fetched(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    workspace = split_of(tmp_path)
    made = plan(workspace)
    assert made.counter == Counter("tiktoken", "o200k_base", "gpt-4o-2024-08-06")
    proxied = {**environment, "HTTPS_PROXY": "http://127.0.0.1:9"}
    with pytest.raises(MachineError, match="The encoding o200k_base is not on this machine") as one:
        Counting(workspace, made.counter, made.leaving, proxied).count(lambda *_: None)
    assert "--fetch-tokenizer" in one.value.remedy
    with pytest.raises(MachineError, match="o200k_base cannot be had") as afar:
        Counting(workspace, made.counter, made.leaving, proxied).count(lambda *_: None, fetch=True)
    assert "ProxyError" in afar.value.why
    assert counts_of(workspace, made.counter, made.leaving) is None


def test_a_row_that_no_rule_covers_leaves_the_range_and_is_counted_as_such(
    tmp_path: Path, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = split_of(tmp_path)
    made = plan(workspace)
    first = made.leaving.files[0]
    rows = first.content.splitlines(keepends=True)
    odd = json.dumps({"messages": [], "tools": []}).encode() + b"\n"
    object.__setattr__(first, "content", b"".join([odd, *rows[1:]]))
    found = Counting(workspace, SMALL, made.leaving, environment).count(lambda *_: None)
    assert found is not None
    assert found.uncounted == 1
    monkeypatch.setattr("core.hosted.plan.counter_of", lambda *_, **__: SMALL)
    still = make_plan(workspace, made.wish, today=TODAY, environment={}, leaving=made.leaving)
    assert still.counts == found
    assert not still.tokens.counted


def test_open_weights_are_counted_by_their_own_tokenizer_and_template(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    folder = str(embedded_model())
    made = plan(workspace, provider="together", model="Qwen/Qwen3-8B", tokenizer=folder)
    assert made.counter == Counter("transformers", folder, "Qwen/Qwen3-8B")
    found = Counting(workspace, made.counter, made.leaving, os.environ).count(lambda *_: None)
    assert found is not None
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    each = []
    for line in made.leaving.files[0].content.splitlines():
        turns = json.loads(line)["messages"]
        text = "".join(f"<|{one['role']}|>{one['content']}<|end|>" for one in turns)
        each.append(len(tokenizer.encode(text, add_special_tokens=False).ids))
    assert found.tokens["train"] == (sum(each), max(each))


def test_who_counts_is_known_from_the_service_and_the_catalog() -> None:
    def who(provider: str, model: str = "m", **how: str) -> Counter | None:
        return counter_of(kind_of(provider), model, None, **{"method": "supervised", **how})  # type: ignore[arg-type]

    assert who("openai", "gpt-x") == Counter("tiktoken", "", "gpt-x")
    assert who("together", "Qwen/Qwen3-8B") == Counter(
        "transformers", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B"
    )
    assert who("fireworks") is None
    assert who("compatible") is None
    assert who("compatible", named="/some/folder") == Counter("transformers", "/some/folder", "m")
    assert who("openai", method="dpo") is None


def test_a_counting_is_cancelled_from_another_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = split_of(tmp_path)
    made = plan(workspace)
    endless = 'import sys, time; sys.stdin.read(); print(\'{"phase": "x"}\', flush=True)\n'
    monkeypatch.setattr(
        counting, "COMMAND", (sys.executable, "-c", endless + "while True: time.sleep(1)")
    )
    wish = Counting(workspace, SMALL, made.leaving, os.environ)

    def on_phase(words: str, _done: int | None, _total: int | None) -> None:
        if words == "x":
            Thread(target=wish.cancel).start()

    assert wish.count(on_phase) is None
    assert counts_of(workspace, SMALL, made.leaving) is None


def test_a_model_that_tiktoken_does_not_know_is_said(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    workspace = split_of(tmp_path)
    unknown = Counter("tiktoken", "", "acme-1")
    with pytest.raises(MachineError, match="No encoding of acme-1 is known"):
        Counting(workspace, unknown, plan(workspace).leaving, environment).count(lambda *_: None)


def test_the_app_itself_never_loads_a_tokenizer() -> None:
    code = (
        "import sys, core.hosted.plan, core.hosted.counting;"
        "print(sorted({'tiktoken', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
