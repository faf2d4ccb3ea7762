"""How the ids of recommendations, questions and answers are said to people."""

_SAID = {
    "few_shot": "few-shot",
    "fine_tune": "fine-tune",
    "fine_tune_with_retrieval": "fine-tune with retrieval",
    "decompose_prompt": "decompose the prompt",
}
"""Those that are more than their id without underscores."""


def spoken(word: object) -> str:
    """Return an id in words."""
    return _SAID.get(str(word), str(word).replace("_", " "))
