"""The search that a job gives its retrieval: by words, and by meaning where a model is named."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from core.contenders.desk import Surroundings
from core.contenders.document_index import Search
from core.contenders.embedding import Embedder, EmbeddingSpec
from core.contenders.endpoint import key_of_table
from core.contenders.hybrid import HybridIndex
from core.contenders.vector_store import VectorStore
from core.data.rows import Example
from core.events.schema import MessageLogged
from core.jobs.context import JobContext
from core.text_safety import clip, visible

_LOCAL = "core.contenders.embedding_local"
_SERVER = "core.contenders.embedding_server"
"""Import what is heavy, so they are named here and resolved in the worker."""


def search_in(
    job: JobContext,
    documents: Mapping[str, str],
    asked: Sequence[Example],
    spec: EmbeddingSpec | None,
    environment: Mapping[str, str],
) -> Search | None:
    """Return a search by words and meaning, its vectors on disk; None where words must do.

    What is asked is embedded together, and nothing that an earlier job embedded is embedded again.
    `AskedToStop` where somebody wants an end while a server is asked; what came is kept.
    """
    if spec is None or not documents:
        return None
    store = VectorStore(job.workspace.vector_cache, _embedder(job, spec, environment))
    index = HybridIndex(documents, store, spec)
    index.learn([one.prompt[-1].text for one in asked if one.prompt])
    text = (
        f"Retrieval finds {len(index.passages):,} passages by their words and by vectors of "
        f"{clip(visible(spec.model), 80)} ({store.dimension:,} numbers each, {store.made:,} made)."
    )
    job.emit(MessageLogged(level="info", text=text))
    return index


def _embedder(job: JobContext, spec: EmbeddingSpec, environment: Mapping[str, str]) -> Embedder:
    if spec.base_url:
        reach: Callable[..., Any] = import_module(_SERVER).EmbeddingServer
        key = key_of_table("embedding", spec.key, environment)
        server: Embedder = reach(spec, key, Surroundings(stop=job.stop_requested))
        return server
    job.phase("loading_model")
    load: Callable[..., Any] = import_module(_LOCAL).EmbeddingModel
    device = "cpu" if job.record.device == "network" else job.record.device
    model: Embedder = load(spec, device=device)
    return model
