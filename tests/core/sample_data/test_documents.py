"""Every question of the sample has its answer in the document it names."""

import json
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "sample_data"
QUESTIONS = [
    json.loads(line) for line in (FOLDER / "document_questions.jsonl").read_text().splitlines()
]


def test_the_answer_stands_in_the_named_document_and_in_the_reference() -> None:
    for question in QUESTIONS:
        document = (FOLDER / "documents" / question["document"]).read_text()
        assert question["key"] in document
        assert question["key"] in question["answer"]


def test_every_document_is_asked_for() -> None:
    names = {path.name for path in (FOLDER / "documents").glob("*.md")}
    assert {question["document"] for question in QUESTIONS} == names
