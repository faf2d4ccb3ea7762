"""Finds passages by words and by meaning, and puts both orders together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.contenders.document_index import DocumentIndex, Passage
from core.contenders.embedding import EmbeddingSpec
from core.contenders.vector_store import VectorStore

_DEEP = 50
"""Places of each order that count."""
_RANK = 60
"""Constant of reciprocal rank fusion, as published: first places of one order do not rule."""


class HybridIndex:
    """Passages that are found by BM25 and by their vectors."""

    def __init__(
        self, documents: Mapping[str, str], store: VectorStore, spec: EmbeddingSpec
    ) -> None:
        self._words = DocumentIndex(documents)
        self._store, self._spec = store, spec
        texts = [spec.written(one.text, "document") for one in self._words.passages]
        self._rows = store.vectors(texts) if texts else None

    @property
    def passages(self) -> Sequence[Passage]:
        """Return everything that can be found."""
        return self._words.passages

    def learn(self, questions: Sequence[str]) -> None:
        """Make the vectors of questions together, so that a search asks nobody."""
        self._store.vectors([self._spec.written(one, "question") for one in questions])

    def search(self, question: str, *, most: int) -> list[Passage]:
        """Return the passages that fit best by both orders, the best first."""
        if self._rows is None or not question.strip():
            return []
        asked = self._store.vectors([self._spec.written(question, "question")])[0]
        near = self._rows @ asked
        by_meaning = near.argsort(kind="stable")[::-1][:_DEEP].tolist()
        by_words = self._words.ranked(question, most=_DEEP)
        return [self.passages[place] for place in fuse([by_words, by_meaning])[:most]]


def fuse(orders: Sequence[Sequence[int]]) -> list[int]:
    """Return what is in any order, by the sum of the reciprocals of its ranks.

    Ties go to the order that comes first.
    """
    scores: dict[int, float] = defaultdict(float)
    for order in orders:
        for rank, one in enumerate(order, start=1):
            scores[one] += 1 / (_RANK + rank)
    return sorted(scores, key=lambda one: -scores[one])
