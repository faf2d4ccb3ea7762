"""How large a model is, from its settings file alone; no weights are read."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.catalog.base_models import locate_model
from core.errors import TuningforkError


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """The measures that parameters and adapters follow from."""

    parameters: int
    """All weights of the model."""
    linear: tuple[tuple[str, int, int], ...]
    """Name, inputs and outputs of each linear layer of one block."""
    layers: int
    """Blocks, all alike."""
    hidden: int
    """Width of the stream between blocks."""
    feed_forward: int
    """Width inside a block's feed-forward part."""
    vocabulary: int
    """Tokens it tells apart."""
    context: int | None
    """Tokens it reads at most; None when its settings do not say."""

    def adapter_parameters(self, rank: int, targets: str | tuple[str, ...]) -> int:
        """Return the weights of a LoRA adapter of this rank on these layers."""
        chosen = [
            (wide, high)
            for name, wide, high in self.linear
            if targets == "all-linear" or name in targets
        ]
        return self.layers * rank * sum(wide + high for wide, high in chosen)


def read_shape(folder: Path) -> ModelShape | None:
    """Return the shape of a saved model; None for a kind whose settings have other names."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
        return shape_of(config)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def shape_of_base(base: str, revision: str | None) -> ModelShape | None:
    """Return the shape of a base model; None while its settings are not on this machine."""
    try:
        source = locate_model(base, revision)
    except TuningforkError:  # said where the model is needed
        return None
    folder = Path(source.location)
    if source.revision is not None:
        folder = (
            _hub_cache()
            / f"models--{source.location.replace('/', '--')}"
            / "snapshots"
            / source.revision
        )
    return read_shape(folder)


def _hub_cache() -> Path:
    """Return where the Hub's client keeps what it has fetched."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface"))
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()


def shape_of(config: dict[str, Any]) -> ModelShape:
    """Return the shape of a decoder that names its measures as Llama does; KeyError for others."""
    if any("expert" in name for name in config):
        raise KeyError("a mixture of experts has other layers")
    hidden, feed = int(config["hidden_size"]), int(config["intermediate_size"])
    heads = int(config["num_attention_heads"])
    head = int(config.get("head_dim") or hidden // heads)
    shared = int(config.get("num_key_value_heads") or heads)
    layers, vocabulary = int(config["num_hidden_layers"]), int(config["vocab_size"])
    linear = (
        ("q_proj", hidden, heads * head),
        ("k_proj", hidden, shared * head),
        ("v_proj", hidden, shared * head),
        ("o_proj", heads * head, hidden),
        ("gate_proj", hidden, feed),
        ("up_proj", hidden, feed),
        ("down_proj", feed, hidden),
    )
    tables = vocabulary * hidden * (1 if config.get("tie_word_embeddings") else 2)
    block = sum(wide * high for _, wide, high in linear) + 2 * hidden
    context = config.get("max_position_embeddings")
    return ModelShape(
        parameters=layers * block + tables + hidden,
        linear=linear,
        layers=layers,
        hidden=hidden,
        feed_forward=feed,
        vocabulary=vocabulary,
        context=int(context) if context else None,
    )
