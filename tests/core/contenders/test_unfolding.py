"""Pieces of an answer as it is generated: they add up to the whole, and nothing is taken back."""

from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.base_models import ModelSource
from core.contenders.contender import Conversation
from core.contenders.local import LocalModel
from core.contenders.unfolding import Unfolding
from tests.support.tiny_model import save_tiny_model


def _bytes(tokens: Sequence[int]) -> str:
    """Decode as byte-level tokenizers do: what is no character yet becomes a sign."""
    return bytes(tokens).decode("utf-8", "replace")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_pieces_add_up_and_no_character_is_torn(texts: list[str]) -> None:
    told: dict[int, list[str]] = defaultdict(list)
    unfolding = Unfolding(_bytes, lambda place, piece: told[place].append(piece))
    coded = [list(text.encode()) for text in texts]
    for step in range(max(map(len, coded), default=0)):
        for place, tokens in enumerate(coded):
            if step < len(tokens):
                unfolding.hear(place, tokens[step])
    for place, text in enumerate(texts):
        unfolding.end(place, text)
    assert ["".join(told[place]) for place in range(len(texts))] == texts
    assert not any(
        "\ufffd" in piece for place in told for piece in told[place] if "\ufffd" not in texts[place]
    )


def test_a_decoder_that_changes_its_mind_is_believed_only_where_it_agrees() -> None:
    told: list[str] = []
    said = {0: "", 1: "a", 2: "a b", 3: "ab c"}
    unfolding = Unfolding(lambda tokens: said[len(tokens)], lambda _, piece: told.append(piece))
    for token in range(3):
        unfolding.hear(0, token)
    unfolding.end(0, "a b c")
    assert "".join(told) == "a b c"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    source = ModelSource(str(save_tiny_model(tmp_path_factory.mktemp("m"))), None)
    return LocalModel(source, device="cpu", max_new_tokens=12)


def _asked(words: str) -> Conversation:
    return Conversation(({"role": "user", "content": words},))


def test_what_a_model_streams_is_what_it_answers(model: LocalModel) -> None:
    told: dict[int, list[str]] = defaultdict(list)
    asked = [_asked("Where is my parcel?"), _asked("Refund me."), _asked("Where is it?")]
    heard = list(
        model.answer(asked, tuned=False, told=lambda place, piece: told[place].append(piece))
    )
    plain = {one.place: one.text for one in model.answer(asked, tuned=False)}
    assert {one.place: one.text for one in heard} == plain
    assert {place: "".join(pieces) for place, pieces in told.items()} == plain
    assert max(map(len, told.values())) > 3


def test_a_limit_of_one_answer_gives_its_beginning_and_leaves_the_others(
    model: LocalModel,
) -> None:
    asked = [_asked("Where is my parcel?"), _asked("Refund me.")]
    whole = {one.place: one for one in model.answer(asked, tuned=False)}
    cut = {one.place: one for one in model.answer(asked, tuned=False, limits=[3, 12])}
    assert cut[0].tokens == 3
    assert not cut[0].stopped
    assert whole[0].text.startswith(cut[0].text)
    assert cut[1] == whole[1]
