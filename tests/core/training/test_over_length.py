"""What is cut, what is kept, and that no answer is lost without a word."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import RecipeError
from core.training.ledger import find, refusal, summary
from core.training.rows import Tokenized
from tests.support.token_rows import chat, counting, recipe_of, tokenized, workspace_of

SHORT = chat("q", "a")
LONG = chat("q" * 80, "answer")
TALK = chat("x" * 20, "1" * 10, "y" * 20, "2" * 10, "z" * 20, "3" * 10)


def lay(tmp_path: Path, *rows: dict[str, Any], **data: Any) -> Tokenized:
    return tokenized(workspace_of(tmp_path / "w", rows), recipe_of(**data))


def texts(done: Tokenized) -> list[tuple[str, str]]:
    """Return what each train sequence shows the model and what it trains."""
    decode = counting().decode
    return [
        (
            decode(row.ids),
            decode([token for token, on in zip(row.ids, row.trained, strict=True) if on]),
        )
        for row in done.part("train").rows
    ]


def test_refusing_lists_rows_lost_targets_and_the_limit_that_keeps_all(tmp_path: Path) -> None:
    done = lay(tmp_path, SHORT, LONG, chat("q" * 70, "a" * 9))
    with pytest.raises(RecipeError) as caught:
        done.part("train")
    said = str(caught.value)
    assert "2 train rows are longer than 64 tokens: row 2 (90), row 3 (83)" in said
    assert "lose 17 target tokens" in said  # 6 + 9 letters and two stop tokens
    assert "data.max_tokens = 90" in said
    own = refusal(done.cache.entries, limit=64, of_model=True)
    assert own is not None
    assert "max_tokens" not in own.remedy, "the model would not read more"
    assert "cut_end" in own.remedy
    kept = tokenized(workspace_of(tmp_path / "k", [LONG]), recipe_of(max_tokens=90))
    assert len(kept.part("train").rows) == 1


def test_a_long_row_is_named_with_its_part_where_both_have_one(tmp_path: Path) -> None:
    both = tokenized(workspace_of(tmp_path / "w", [SHORT, LONG], [LONG]), recipe_of())
    refused = refusal(both.cache.entries, limit=64, of_model=False)
    assert refused is not None
    assert refused.what.startswith(
        "1 train row and 1 validation row are longer than 64 tokens: "
        "train row 2 (90), validation row 1 (90)."
    )
    one = lay(tmp_path / "one", SHORT, LONG)
    refused = refusal(one.cache.entries, limit=64, of_model=False)
    assert refused is not None
    assert "1 train row is longer than 64 tokens: row 2 (90). It would lose" in refused.what


def test_dropping_leaves_the_row_out_and_counts_it(tmp_path: Path) -> None:
    done = lay(tmp_path, SHORT, LONG, over_length="drop")
    part = done.part("train")
    assert part.left_out == (2,)
    assert [row.row for row in part.rows] == [1]
    ledger = summary(done.cache.entries, path="")
    assert (ledger.rows, ledger.cut, ledger.supervised_cut, ledger.zero) == (3, 1, 7, 0)


def test_cutting_history_takes_the_oldest_turns_and_keeps_every_answer(tmp_path: Path) -> None:
    rules = {"role": "system", "content": "short"}
    talk = {"messages": [rules, *TALK["messages"]]}
    shown = texts(lay(tmp_path, talk, over_length="cut_history"))
    first, second, third = (word * 10 for word in "123")
    assert [trained for _, trained in shown] == [f"{t}<|end|>" for t in (first, second, third)]
    assert all(text.startswith("<|system|>short<|end|>") for text, _ in shown)
    assert "x" not in shown[2][0]
    assert shown[2][0].count("<|user|>") == 1
    assert "x" * 20 in shown[0][0]


def test_what_history_lost_stays_visible_in_its_place(tmp_path: Path) -> None:
    done = lay(tmp_path, TALK, over_length="cut_history")
    last = [entry for entry in done.cache.entries if entry.part == "train"][-1]
    whole = counting().decode(done.cache.ids(last))
    assert whole.startswith("<|user|>" + "x" * 20)
    assert last.cut == last.tokens - len(done.part("train").rows[-1].ids) > 0
    assert last.supervised_cut == 0


def test_an_answer_that_no_cut_of_history_makes_fit_stops_the_launch(tmp_path: Path) -> None:
    done = lay(tmp_path, chat("x" * 20, "1", "q" * 30, "a" * 40), over_length="cut_history")
    with pytest.raises(RecipeError, match="row 1"):
        done.part("train")


def test_cutting_the_end_keeps_what_is_left_of_the_targets(tmp_path: Path) -> None:
    done = lay(tmp_path, TALK, over_length="cut_end")
    ((shown, trained),) = texts(done)
    assert len(shown.replace("<|user|>", "u").replace("<|assistant|>", "a")) > 0
    assert trained.startswith("1" * 10 + "<|end|>2222")
    (cut,) = [one for one in find(done.cache.entries) if one.id == "answer_cut"] or [None]
    assert (cut is not None) == (not trained.endswith("<|end|>"))


def test_an_answer_cut_before_its_stop_token_is_a_finding(tmp_path: Path) -> None:
    done = lay(tmp_path, chat("q" * 20, "a" * 80), over_length="cut_end")
    assert [one.id for one in find(done.cache.entries)] == ["answer_cut"]
    assert len(done.part("train").rows[0].ids) == 64
    assert summary(done.cache.entries, path="").supervised_cut > 0


@pytest.mark.parametrize("policy", ["cut_end", "refuse", "cut_history"])
def test_a_row_that_keeps_no_target_stops_the_launch_unless_named(
    tmp_path: Path, policy: str
) -> None:
    done = lay(tmp_path, SHORT, LONG, over_length=policy)
    with pytest.raises(RecipeError, match=r"2 \(90\)|train rows 2"):
        done.part("train")
    assert summary(done.cache.entries, path="").zero == 1
    named = tokenized(
        workspace_of(tmp_path / "n", [SHORT, LONG]), recipe_of(over_length=policy, drop_rows=[2])
    )
    assert [row.row for row in named.part("train").rows] == [1]
    assert named.part("train").left_out == (2,)


def test_rows_that_train_nothing_are_all_named_before_anything_trains(tmp_path: Path) -> None:
    rows = [SHORT, chat("q", "a", a1=0), SHORT, chat("q", "half<|end|>rest"), chat("q", "b", a1=0)]
    done = lay(tmp_path, *rows)
    problem = refusal(done.cache.entries, limit=64)
    assert problem is not None
    assert "3 rows cannot be trained" in problem.what
    assert "train rows 2, 5" in problem.what
    assert "train rows 4" in problem.what
    assert "data.drop_rows" in problem.remedy
    named = tokenized(workspace_of(tmp_path / "n", rows), recipe_of(drop_rows=[2, 4, 5]))
    assert len(named.part("train").rows) == 2


def test_a_number_that_no_row_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="drop_rows names row 7"):
        lay(tmp_path, SHORT, drop_rows=[7])


def test_validation_rows_are_dropped_by_their_own_numbers(tmp_path: Path) -> None:
    bad = chat("q", "a", a1=0)
    workspace = workspace_of(tmp_path / "w", [SHORT, SHORT], [SHORT, bad])
    with pytest.raises(RecipeError, match="validation rows 2") as caught:
        tokenized(workspace, recipe_of()).part("validation")
    assert "data.drop_validation_rows = [2, ...] drops" in caught.value.remedy
    done = tokenized(workspace, recipe_of(drop_validation_rows=[2]))
    assert len(done.part("validation").rows) == 1
    assert len(done.part("train").rows) == 2


def test_a_part_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="No train row is left"):
        lay(tmp_path, LONG, over_length="drop").part("train")
