"""`tuningfork verdict --ratings` from outside: no workspace, no plan, one verdict."""

from pathlib import Path
from random import Random

import pytest

from tests.support import golden_study
from tests.support.command import tuningfork


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_text(golden_study.csv_text())
    return path


def test_the_golden_study_gets_its_verdict(golden: Path) -> None:
    done = tuningfork(
        "verdict", "--ratings", golden, "--tuned", "tuned", "--json", cwd=golden.parent
    )
    assert done.code == 0
    assert done.json["decision"] == "keep_rating"
    assert set(done.json) >= {
        "decision",
        "sentence",
        "comparisons",
        "agreement",
        "unsafe",
        "more_items",
    }
    assert set(done.json["comparisons"][0]) >= {
        "against",
        "mean_difference",
        "low",
        "high",
        "p",
        "wins",
        "ties",
        "losses",
    }
    assert done.json["more_items"] == 13


def test_lines_say_the_same_and_details_say_more(golden: Path) -> None:
    words = ("verdict", "--ratings", golden, "--tuned", "tuned")
    short = tuningfork(*words, cwd=golden.parent)
    first = short.out.splitlines()[0]
    assert first.startswith("Not settled. About 13 more items would settle a difference of 0.5")
    assert first.endswith("blinding and integrity not verified")
    assert "against rag: +0.25 points (-0.23 to 0.73), 6 wins, 11 ties, 3 losses" in short.out
    assert " p 0." not in short.out
    whole = tuningfork(*words, "--details", cwd=golden.parent)
    assert whole.out.startswith(short.out)
    assert "sign-flip p 0.3945" in whole.out


def test_the_order_of_lines_changes_no_byte(golden: Path) -> None:
    words = ("verdict", "--ratings", golden, "--tuned", "tuned")
    before = tuningfork(*words, "--json", cwd=golden.parent)
    head, *lines = golden.read_text().splitlines()
    Random(6).shuffle(lines)
    golden.write_text("\n".join([head, *lines]))
    assert tuningfork(*words, "--json", cwd=golden.parent).out == before.out


def test_a_no_is_exit_one(golden: Path) -> None:
    done = tuningfork("verdict", "--ratings", golden, "--tuned", "base", cwd=golden.parent)
    assert (done.code, done.out.splitlines()[1]) == (1, "decision: do not ship")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--ratings", "ratings.csv"), "Nobody said which contender is the fine-tune."),
        (("--tuned", "tuned"), "--tuned was given without --ratings or a study."),
        (("--ratings", "ratings.csv", "--tuned", "x"), "No rating names the contender x."),
        (("--ratings", "none.csv", "--tuned", "x"), "There is no file none.csv."),
        (
            ("--ratings", "ratings.csv", "--tuned", "tuned", "--worthwhile", "0"),
            "--worthwhile is 0.",
        ),
    ],
)
def test_wrong_use_is_exit_two(golden: Path, words: tuple[str, ...], what: str) -> None:
    done = tuningfork("verdict", *words, cwd=golden.parent)
    assert (done.code, done.err.splitlines()[0]) == (2, what)


def test_a_rating_given_twice_names_the_line(golden: Path) -> None:
    with golden.open("a") as file:
        file.write("i01,tuned,r1,1\n")
    done = tuningfork(
        "verdict", "--ratings", golden, "--tuned", "tuned", "--json", cwd=golden.parent
    )
    assert done.code == 2
    assert "line 162" in done.json["what"]


def test_a_plan_is_simulated_with_progress_aside(tmp_path: Path) -> None:
    words = ("simulate", "--items", "12", "--alternatives", "1", "--studies", "4")
    done = tuningfork(*words, cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith(
        "Share of 4 simulated studies that say ship: 2 raters, 1 alternative"
    )
    assert "simulating 12 items, true gain 0.3" in done.err
    result = tuningfork(*words, "--json", "--sequential", cwd=tmp_path).json
    (plan,) = result["plans"]
    assert [one["gain"] for one in plan["gains"]] == [0, 0.3, 0.5, 0.7, 1.0]
    assert all(sum(one["decisions"].values()) == 4 for one in plan["gains"])
    wrong = tuningfork(*words, "--alpha", "2", cwd=tmp_path)
    assert (wrong.code, wrong.err.splitlines()[0]) == (
        2,
        "The value of --alpha is no part of a plan.",
    )


def test_a_report_is_written_as_its_name_says(golden: Path) -> None:
    words = ("verdict", "--ratings", golden, "--tuned", "tuned", "--report")
    for name, start in (("r.md", "# Keep rating"), ("r.html", "<!doctype html>")):
        assert tuningfork(*words, name, cwd=golden.parent).code == 0
        assert (golden.parent / name).read_text().startswith(start)
    wrong = tuningfork(*words, "r.pdf", cwd=golden.parent)
    assert (wrong.code, wrong.err.splitlines()[0]) == (2, "r.pdf says neither Markdown nor HTML.")
    full = tuningfork(*words, "nowhere/r.md", cwd=golden.parent)
    assert full.code == 3
