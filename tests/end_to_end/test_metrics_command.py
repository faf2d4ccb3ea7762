"""`tuningfork metrics` from outside: a file of answers, figures with intervals, no decision."""

import json
from pathlib import Path

import pytest

from tests.support.command import tuningfork

ROWS = [
    {"answer": "Cat", "reference": "cat", "prompt": "Which?", "label": "pets"},
    {"answer": "dog", "reference": "cat", "prompt": "Which of the two is it?", "label": "pets"},
    {"answer": "elm", "reference": "elm", "prompt": "Что это?", "label": "trees"},
    {"answer": "elm", "reference": ["oak", "elm"], "prompt": "What?", "contender": "other"},
]


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)) + "\n")
    return path


def test_each_contender_is_measured_and_cut(answers: Path) -> None:
    words = ("metrics", answers, "--metric", "exact", "--metric", "chrf", "--by", "label")
    done = tuningfork(*words, cwd=answers.parent)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "answers: 3 answers"
    assert lines[1] == "  exact match: 0.333 (0.061 to 0.792) on 3"
    assert lines[2].startswith("    pets: 0.000 (")
    assert any(line.startswith("  chrF2: ") and "nc:6" in line for line in lines)
    assert lines[-1] == "Automatic metrics inform; only people's ratings decide."
    result = tuningfork(*words, "--json", cwd=answers.parent).json["contenders"]
    assert [one["metric"] for one in result["other"]] == ["exact match", "chrF2"]
    assert result["other"][0]["value"] == 1
    assert result["answers"][0]["slices"]["trees"]["value"] == 1
    assert result["answers"][1]["slices"] == {}


def test_rules_schemas_and_own_functions_are_measured(answers: Path) -> None:
    (answers.parent / "schema.json").write_text('{"type": "string"}')
    (answers.parent / "own.py").write_text(
        "def score(answer, reference, prompt):\n    return len(answer) == 3\n"
    )
    done = tuningfork(
        *("metrics", answers, "--pattern", "^[a-z]+$", "--longest", "2", "--schema"),
        *("schema.json", "--own", "own.py:score", "--by", "language", "--confusion"),
        cwd=answers.parent,
    )
    assert done.code == 0, done.err
    assert "with ^[a-z]+$: 0.667" in done.out
    assert "0 to 2 characters: 0.000" in done.out
    assert "JSON schema: 0.000" in done.out
    assert "score: 1.000" in done.out
    assert "    cyrillic: " in done.out
    assert "cat: precision 1.00, recall 0.50" in done.out
    assert "cat taken for (other): 1" in done.out


@pytest.mark.parametrize(
    ("content", "words", "what"),
    [
        ("", (), "answers.jsonl holds no answers."),
        ('{"answer": "a"}', (), "answers.jsonl, line 1 is no answer."),
        ('\n{"answer": 3, "reference": "a"}', (), "answers.jsonl, line 2 is no answer."),
        ('{"answer": "a", "reference": []}', (), "answers.jsonl, line 1 is no answer."),
        ('{"answer": "a", "reference": "a"}', ("--metric", "x"), "There is no metric x."),
        ('{"answer": "a", "reference": "a"}', ("--own", "f.py"), "--own is f.py."),
        ('{"answer": "a", "reference": "a"}', ("--own", "f.py:g"), "There is no file f.py."),
        (
            '{"answer": "a", "reference": "a"}',
            ("--schema", "none.json"),
            "none.json cannot be read as a schema.",
        ),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, content: str, words: tuple[str, ...], what: str
) -> None:
    (tmp_path / "answers.jsonl").write_text(content)
    done = tuningfork("metrics", "answers.jsonl", *words, cwd=tmp_path)
    assert (done.code, done.err.splitlines()[0]) == (2, what)
