"""Passages found by meaning: vectors made once, kept by content, fused with the order of words."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel, BertConfig, BertModel

from core.contenders.desk import Surroundings
from core.contenders.document_index import DocumentIndex
from core.contenders.embedding import AskedToStop, Embedder, EmbeddingSpec, read_embedding
from core.contenders.embedding_local import EmbeddingModel
from core.contenders.embedding_server import EmbeddingServer
from core.contenders.hybrid import HybridIndex, fuse
from core.contenders.vector_store import VectorStore
from core.errors import JobError, RecipeError
from core.workspace import Workspace, create_workspace
from tests.support.fake_chat import FakeChat, Fault, embeddings, error, meaning
from tests.support.tiny_model import save_tiny_model, tiny_tokenizer

KEY = "sk-test-0123456789abcdefghijklmnop"
DOCUMENTS = {
    "cats.md": "A kitten sleeps.",
    "returns.md": "A refund takes six days.",
    "shipping.md": "Every parcel leaves on weekdays.",
}


class Meaning:
    """An embedder without a model; counts what it is asked."""

    def __init__(self, name: str = "meaning", numbers: int = 3) -> None:
        self.identity: dict[str, Any] = {"model": name}
        self.asked: list[str] = []
        self._numbers = numbers

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
        """Yield how often each text speaks of each thing."""
        for place, text in enumerate(texts):
            self.asked.append(text)
            yield place, meaning(text)[: self._numbers]


def vectors_of(embedder: Embedder, texts: Sequence[str]) -> list[list[float]]:
    """Return the vectors of some texts in their order."""
    return [vector for _, vector in sorted(embedder.embed(texts))]


def hybrid(folder: Path, embedder: Meaning, **spec: str) -> HybridIndex:
    made = EmbeddingSpec.model_validate({"model": "meaning", **spec})
    return HybridIndex(DOCUMENTS, VectorStore(folder, embedder), made)


def test_a_passage_is_found_that_shares_no_word(tmp_path: Path) -> None:
    question = "How do I get my money?"
    assert DocumentIndex(DOCUMENTS).search(question, most=3) == []
    found = hybrid(tmp_path, Meaning()).search(question, most=1)
    assert [one.document for one in found] == ["returns.md"]


def test_words_still_find_what_no_vector_tells(tmp_path: Path) -> None:
    found = hybrid(tmp_path, Meaning()).search("On which weekdays?", most=1)
    assert [one.document for one in found] == ["shipping.md"]
    assert hybrid(tmp_path, Meaning()).search("  ", most=3) == []


def test_what_models_want_before_texts_is_put_there(tmp_path: Path) -> None:
    asked = Meaning()
    hybrid(tmp_path, asked, before_document="passage: ", before_question="query: ").search(
        "money", most=1
    )
    assert asked.asked[:3] == [f"passage: {DOCUMENTS[name]}" for name in sorted(DOCUMENTS)]
    assert asked.asked[3:] == ["query: money"]


def test_questions_are_embedded_together_and_nothing_twice(tmp_path: Path) -> None:
    first = Meaning()
    index = hybrid(tmp_path, first)
    index.learn(["money", "post", "money"])
    assert len(first.asked) == 5
    index.search("money", most=1)
    assert len(first.asked) == 5
    again = Meaning()
    hybrid(tmp_path, again).search("post", most=1)
    assert again.asked == []


def test_ranks_are_fused_as_published() -> None:
    # 1/61 + 1/62 = .032522 for 7; 1/62 + 1/61 for 4, later in the first order; 1/63 alone for 9.
    assert fuse([[7, 4], [4, 7, 9]]) == [7, 4, 9]
    assert fuse([[1, 2, 3], [3]]) == [3, 1, 2]
    assert fuse([[], []]) == []


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=4))
def test_nothing_is_lost_in_fusion_and_agreement_rules(orders: list[list[int]]) -> None:
    fused = fuse(orders)
    assert sorted(fused) == list(range(6))
    if len({tuple(one) for one in orders}) == 1:
        assert fused == list(orders[0])


def test_vectors_are_those_of_the_model_with_length_one(tmp_path: Path) -> None:
    texts = ["money parcel", "cat", "money parcel", "post"]
    found = VectorStore(tmp_path, Meaning()).vectors(texts)
    plain = np.array([meaning(one) for one in texts])
    assert found == pytest.approx(plain / np.linalg.norm(plain, axis=1, keepdims=True), rel=1e-5)
    read_again = VectorStore(tmp_path, Meaning()).vectors(texts)
    assert (read_again == found).all()


def test_another_model_has_a_file_of_its_own(tmp_path: Path) -> None:
    one, other = VectorStore(tmp_path, Meaning("a")), VectorStore(tmp_path, Meaning("b"))
    one.vectors(["money"])
    other.vectors(["money"])
    assert one.path != other.path
    assert (one.made, other.made) == (1, 1)


def test_a_changed_length_is_said_and_made_again(tmp_path: Path) -> None:
    VectorStore(tmp_path, Meaning()).vectors(["money"])
    changed = VectorStore(tmp_path, Meaning(numbers=2))
    with pytest.raises(JobError, match="another length"):
        changed.vectors(["post"])
    again = VectorStore(tmp_path, Meaning(numbers=2))
    assert again.vectors(["money", "post"]).shape == (2, 2)


@pytest.mark.parametrize("cut", [0, 10, 200, -1])
def test_a_file_that_cannot_be_read_is_made_again(tmp_path: Path, cut: int) -> None:
    store = VectorStore(tmp_path, Meaning())
    wanted = store.vectors(["money", "cat"])
    store.path.write_bytes(store.path.read_bytes()[:cut])
    asked = Meaning()
    assert (VectorStore(tmp_path, asked).vectors(["money", "cat"]) == wanted).all()
    assert asked.asked == ["money", "cat"]


def test_what_was_made_before_a_failure_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.contenders.vector_store._AT_ONCE", 2)

    class Fails(Meaning):
        def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
            yield from super().embed([one for one in texts if one != "bad"])
            raise JobError(what="No.", why="No.", remedy="No.")

    texts = ["a", "b", "c", "d", "bad"]
    with pytest.raises(JobError):
        VectorStore(tmp_path, Fails()).vectors(texts)
    asked = Meaning()
    VectorStore(tmp_path, asked).vectors(texts)
    assert asked.asked == ["bad"]


# A server.


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with FakeChat().serving() as serving:
        yield serving


def embedder(server: FakeChat, slept: list[float], **changes: Any) -> EmbeddingServer:
    spec = EmbeddingSpec.model_validate(
        {"base_url": server.url, "model": "m", "key": "FAKE_KEY", "at_once": 2} | changes
    )
    now = datetime(2026, 11, 21, tzinfo=UTC)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    world = Surroundings(sleep=sleep, draw=lambda: 1.0, now=lambda: now)
    return EmbeddingServer(spec, KEY, world)


def reply(vectors: Sequence[Sequence[Any]]) -> Fault:
    return Fault(body=json.dumps(embeddings(vectors)).encode())


AGAIN: dict[str, Callable[[], Fault]] = {
    "429": lambda: error(429, "slow down", retry_after="3"),
    "500": lambda: error(500, "oops"),
    "cut": lambda: Fault(body=json.dumps(embeddings([[1.0], [2.0]])).encode(), cut=True),
    "html": lambda: Fault(headers={"content-type": "text/html"}, body=b"<html>sign in</html>"),
    "another shape": lambda: Fault(body=b'{"data": null}'),
    "a list": lambda: Fault(body=b"[1, 2]"),
    "too few": lambda: reply([[1.0]]),
    "too many": lambda: reply([[1.0]] * 3),
    "no number": lambda: reply([[1.0], ["x"]]),
    "not finite": lambda: Fault(body=json.dumps(embeddings([[1.0], [float("nan")]])).encode()),
    "two lengths": lambda: reply([[1.0], [1.0, 2.0]]),
    "empty": lambda: reply([[], []]),
}


@pytest.mark.parametrize("name", AGAIN)
def test_what_passes_is_tried_again_and_every_text_has_its_vector(
    server: FakeChat, name: str
) -> None:
    slept: list[float] = []
    texts = ["money", "post", "cat"]
    server.meet("money", AGAIN[name](), AGAIN[name]())
    assert vectors_of(embedder(server, slept), texts) == [meaning(one) for one in texts]
    assert sorted(one["input"] for one in server.seen) == [texts[2:], *[texts[:2]] * 3]
    assert slept == ([3.0, 3.0] if name == "429" else [0.5, 1.0])
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_refused_key_is_named_by_its_variable_and_shown_nowhere(server: FakeChat) -> None:
    server.always = error(401, f"Incorrect API key provided: {KEY}")
    with pytest.raises(JobError, match="FAKE_KEY") as refused:
        vectors_of(embedder(server, []), ["money"])
    assert len(server.seen) == 1
    assert KEY not in str(refused.value)
    assert KEY[3:20] not in str(refused.value)


def test_a_server_that_stays_broken_is_given_up(server: FakeChat) -> None:
    server.always = error(500, "oops")
    slept: list[float] = []
    with pytest.raises(JobError, match="left 1 texts"):
        vectors_of(embedder(server, slept, tries=3), ["money"])
    assert (len(server.seen), len(slept)) == (3, 2)


def test_a_length_is_asked_for_where_one_is_named(server: FakeChat) -> None:
    vectors_of(embedder(server, [], dimensions=64), ["money"])
    vectors_of(embedder(server, []), ["money"])
    assert [one.get("dimensions") for one in server.seen] == [64, None]


class Together(FakeChat):
    """Answers nobody before three are asking."""

    def __init__(self) -> None:
        super().__init__()
        self._three = threading.Barrier(3)

    def next_of(self, question: str, request: dict[str, Any], headers: dict[str, str]) -> Fault:
        """Return what a request gets once two others wait beside it."""
        self._three.wait(timeout=60)
        return super().next_of(question, request, headers)


def test_several_requests_are_under_way_together() -> None:
    texts = [f"text {n}" for n in range(9)]
    with Together().serving() as server:
        asked = embedder(server, [], at_once=1, requests_at_once=3)
        assert vectors_of(asked, texts) == [meaning(one) for one in texts]
        assert len(server.seen) == 9


def test_what_came_is_kept_and_only_the_rest_is_asked_again(
    server: FakeChat, tmp_path: Path
) -> None:
    texts = [f"text {n}" for n in range(6)]
    server.meet(texts[2], error(400, "not this one"))
    with pytest.raises(JobError, match="left 2 texts"):
        VectorStore(tmp_path, embedder(server, [])).vectors(texts)
    asked = len(server.seen)
    VectorStore(tmp_path, embedder(server, [])).vectors(texts)
    assert [one["input"] for one in server.seen[asked:]] == [texts[2:4]]


def test_a_limit_that_the_server_names_holds_for_every_request(server: FakeChat) -> None:
    texts = [f"text {n}" for n in range(12)]
    server.meet(texts[0], error(429, "slow down", retry_after="3"))
    slept: list[float] = []
    assert vectors_of(embedder(server, slept), texts) == [meaning(one) for one in texts]
    assert slept == [3.0]


def test_a_stop_ends_the_asking_and_keeps_what_came(server: FakeChat, tmp_path: Path) -> None:
    spec = EmbeddingSpec(base_url=server.url, model="m", at_once=1, requests_at_once=1)
    store = VectorStore(
        tmp_path, EmbeddingServer(spec, None, Surroundings(stop=lambda: len(server.seen) >= 3))
    )
    with pytest.raises(AskedToStop):
        store.vectors([f"text {n}" for n in range(9)])
    asked = len(server.seen)
    assert 3 <= asked < 9
    again = VectorStore(tmp_path, EmbeddingServer(spec, None))
    again.vectors([f"text {n}" for n in range(9)])
    assert again.made + store.made == 9
    assert store.made >= 2


# A model on this machine.


def save_encoder(folder: Path) -> Path:
    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_text_becomes_the_mean_of_its_tokens_whoever_shares_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.contenders.embedding_local.usable_cores", lambda: 1)
    folder = save_encoder(tmp_path / "encoder")
    texts = ["cat", "a much longer text than that", "x" * 90]
    spec = EmbeddingSpec(model=str(folder), at_once=2)
    found = vectors_of(EmbeddingModel(spec, device="cpu"), texts)
    model = AutoModel.from_pretrained(folder).eval()
    for text, vector in zip(texts, found, strict=True):
        ids = torch.tensor([tiny_tokenizer()(text)["input_ids"][:32]])
        with torch.no_grad():
            alone = model(input_ids=ids).last_hidden_state[0]
        assert vector == pytest.approx(alone.mean(0).tolist(), abs=1e-4)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    first = EmbeddingModel(spec, device="cpu")
    assert vectors_of(first, texts[2:])[0] == pytest.approx(alone[0].tolist(), abs=1e-4)
    assert first.identity["pooling"] == "first"


def test_a_model_that_only_writes_embeds_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.contenders.embedding_local.usable_cores", lambda: 1)
    folder = save_tiny_model(tmp_path / "model")
    model = EmbeddingModel(EmbeddingSpec(model=str(folder)), device="cpu")
    made = vectors_of(model, ["a", "bb"])
    assert {len(one) for one in made} == {32}
    with pytest.raises(RecipeError, match=r"model\.base|holds no model"):
        EmbeddingModel(EmbeddingSpec(model=str(tmp_path / "none")), device="cpu")


# What a workspace names.


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def test_a_workspace_names_what_it_embeds_with(workspace: Workspace) -> None:
    assert read_embedding(workspace, {}) is None
    workspace.endpoints.write_text('[embedding]\nbase_url = "https://x.invalid/v1"\nmodel = "e"\n')
    spec = read_embedding(workspace, {})
    assert spec
    assert spec.leaving(5) == [
        "5 questions and every document go to https://x.invalid (embedding, model e)"
    ]
    workspace.endpoints.write_text('[embedding]\nmodel = "/folder"\n')
    local = read_embedding(workspace, {})
    assert local
    assert local.leaving(5) == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('model = "e"\nkey = "sk-0123456789"', "must stay secret"),
        ('model = "e"\nbase_url = "http://far.invalid/v1"', "without encryption"),
        ('model = "e"\nbase_url = "ftp://far.invalid"', "no web address"),
        ('base_url = "http://127.0.0.1:1/v1"', "model"),
        ('model = "e"\nbase_url = "http://127.0.0.1:1/v1"\nkey = "NOT_SET"', "NOT_SET"),
        ('model = "e"\ncolour = "red"', "colour"),
    ],
)
def test_a_wrong_table_is_refused(workspace: Workspace, table: str, words: str) -> None:
    workspace.endpoints.write_text(f"[embedding]\n{table}\n")
    with pytest.raises(RecipeError, match=words):
        read_embedding(workspace, {})
