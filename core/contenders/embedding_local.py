"""Vectors from a model on this machine; only inside a worker."""

import hashlib
import inspect
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer

from core.catalog.base_models import locate_model
from core.contenders.embedding import EmbeddingSpec
from core.data.sources import file_sha256
from core.errors import RecipeError
from core.machine import usable_cores
from core.text_safety import clip, visible

_POOLING = Path("1_Pooling") / "config.json"
"""Where sentence-transformers says how token vectors become one."""
_FIRST = "pooling_mode_cls_token"
_WEIGHTS = ("*.safetensors", "*.bin", "*.json")


class EmbeddingModel:
    """An encoder in memory; a text becomes the mean of its tokens, or the first one."""

    def __init__(self, spec: EmbeddingSpec, *, device: str) -> None:
        torch.set_num_threads(usable_cores())
        name, _, commit = spec.model.partition("@")
        self._at_once, self._device = spec.at_once, device
        try:
            location, revision = locate_model(name, commit or None)
            self._tokenizer = AutoTokenizer.from_pretrained(location, revision=revision)
            self._model = AutoModel.from_pretrained(
                location, revision=revision, dtype=torch.float32
            ).to(device)
        except (OSError, ValueError) as error:
            raise RecipeError(
                what=f"The embedding model {clip(visible(spec.model), 120)} cannot be loaded.",
                why=f"transformers says: {clip(visible(str(error)), 300)}",
                remedy="Name a folder saved by transformers, or NAME@COMMIT of the Hub.",
            ) from error
        self._model.eval()
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._tokenizer.padding_side = "right"
        self._longest = int(getattr(self._model.config, "max_position_embeddings", 0) or 512)
        takes = inspect.signature(self._model.forward).parameters
        self._taken = [name for name in self._tokenizer.model_input_names if name in takes]
        self._first = _takes_first(Path(location))
        self.identity: dict[str, Any] = {
            "model": location,
            "revision": revision or _sha256(Path(location)),
            "pooling": "first" if self._first else "mean",
        }

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
        """Yield a vector for each text; what is too long for the model loses its end."""
        for start in range(0, len(texts), self._at_once):
            yield from enumerate(self._made(texts[start : start + self._at_once]), start)

    @torch.inference_mode()
    def _made(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of one batch."""
        read = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._longest,
            return_tensors="pt",
        ).to(self._device)
        hidden = self._model(**{name: read[name] for name in self._taken}).last_hidden_state
        if self._first:
            made = hidden[:, 0]
        else:
            counts = read["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            made = (hidden * counts).sum(1) / counts.sum(1).clamp(min=1)
        vectors: list[list[float]] = made.cpu().tolist()
        return vectors


def _takes_first(folder: Path) -> bool:
    """Return whether the first token stands for the text."""
    try:
        said = json.loads((folder / _POOLING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get(_FIRST) is True


def _sha256(folder: Path) -> str:
    """Return one hash of all that vectors depend on in a model's folder."""
    files = sorted({path for pattern in _WEIGHTS for path in folder.glob(pattern)})
    named = "\n".join(f"{file_sha256(path)} {path.name}" for path in files)
    return hashlib.sha256(named.encode()).hexdigest()
