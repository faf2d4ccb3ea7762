"""What turns texts into vectors: `[embedding]` in `endpoints.toml`, a server or a model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import Field

from core.contenders.endpoint import check_address, is_loopback, key_of_table, refuse_secrets
from core.errors import RecipeError
from core.spec_file import Spec, build, read_toml
from core.text_safety import visible
from core.workspace import Workspace

Purpose = Literal["document", "question"]
"""What a text is: something to be found, or what it is found for."""


class EmbeddingSpec(Spec):
    """A server that speaks the embeddings interface, or a model on this machine."""

    model: str = Field(min_length=1, max_length=400)
    """What the server calls the model; without a server its folder, or NAME@COMMIT of the Hub."""
    base_url: str = Field(default="", max_length=400)
    """Address up to /v1; without it the model is loaded on this machine."""
    key: str | None = None
    """Name of the environment variable that holds the key; never the key itself."""
    dimensions: int | None = Field(default=None, ge=1, le=65_536)
    """Length of the vectors that a server is asked for; without it, as the model makes them."""
    before_document: str = Field(default="", max_length=400)
    """Words that the model was trained to see before a text to be found, as in "passage: "."""
    before_question: str = Field(default="", max_length=400)
    """Words that it was trained to see before a question, as in "query: "."""
    at_once: int = Field(default=32, ge=1, le=2048)
    """Texts in one request, or in one batch."""
    requests_at_once: int = Field(default=4, ge=1, le=64)
    """Requests to a server that are under way at the same time."""
    timeout_seconds: float = Field(default=120.0, gt=0, le=3600)
    """Longest wait for one whole reply."""
    tries: int = Field(default=6, ge=1, le=20)
    """How often one request is sent at most."""
    plain_http: bool = False
    """Whether http to another machine is wanted; everybody on the way can read texts and key."""

    @property
    def stays_here(self) -> bool:
        """Return whether no text leaves this machine."""
        return not self.base_url or is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the variables that hold keys."""
        return (self.key,) if self.key else ()

    def leaving(self, rows: int) -> list[str]:
        """Return what would leave this machine in a line; nothing where nothing does."""
        if self.stays_here:
            return []
        parts = urlsplit(self.base_url)
        return [
            f"{rows:,} questions and every document go to "
            f"{visible(f'{parts.scheme}://{parts.netloc}')} (embedding, model "
            f"{visible(self.model)})"
        ]

    def written(self, text: str, purpose: Purpose) -> str:
        """Return a text as the model is given it."""
        before = self.before_document if purpose == "document" else self.before_question
        return f"{before}{text}"


class AskedToStop(Exception):
    """Somebody wants an end; every vector that came was yielded before."""


class Embedder(Protocol):
    """Turns texts into vectors; two with equal identity give equal vectors for equal texts."""

    @property
    def identity(self) -> dict[str, Any]:
        """Everything a vector depends on besides its text, as JSON."""
        ...

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
        """Yield the vector of each text with its place, in the order in which they are made."""
        ...


def read_embedding(workspace: Workspace, environment: Mapping[str, str]) -> EmbeddingSpec | None:
    """Return what the workspace embeds with, its key at hand; None where it names nothing."""
    if not workspace.endpoints.exists():
        return None
    table = read_toml(workspace.endpoints, error=RecipeError).get("embedding")
    if table is None:
        return None
    where = f"{visible(str(workspace.endpoints))}, embedding"
    if not isinstance(table, dict):
        raise RecipeError(
            what=f"{where} is not a table.",
            why="It holds at least model, and base_url for a server.",
            remedy="Write [embedding] and the fields below it.",
        )
    refuse_secrets(where, table)
    spec = build(EmbeddingSpec, table, where=where, error=RecipeError)
    if spec.base_url:
        check_address(where, spec)
        key_of_table("embedding", spec.key, environment)
    return spec
