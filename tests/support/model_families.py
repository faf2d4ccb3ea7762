"""Random models of a few thousand weights, one for each family that computes in its own way."""

from collections.abc import Callable
from typing import Any

import torch
import transformers as hf

VOCABULARY = 97
_SMALL: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "initializer_range": 0.2,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}

_CONFIGS: dict[str, Callable[[], Any]] = {
    "llama": lambda: hf.LlamaConfig(**_SMALL),
    "llama tied": lambda: hf.LlamaConfig(**_SMALL, tie_word_embeddings=True),
    "qwen2": lambda: hf.Qwen2Config(**_SMALL),
    "qwen3": lambda: hf.Qwen3Config(**_SMALL, head_dim=8),
    "mistral": lambda: hf.MistralConfig(**_SMALL),
    "gemma2": lambda: hf.Gemma2Config(
        **_SMALL, head_dim=8, query_pre_attn_scalar=8, final_logit_softcapping=5.0
    ),
    "phi": lambda: hf.PhiConfig(**_SMALL),
    "phi3": lambda: hf.Phi3Config(**_SMALL),
    "gpt2": lambda: hf.GPT2Config(
        vocab_size=VOCABULARY,
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=128,
        initializer_range=0.2,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    ),
    "mixtral": lambda: hf.MixtralConfig(
        **_SMALL, num_local_experts=4, num_experts_per_tok=2, head_dim=8
    ),
    "cohere": lambda: hf.CohereConfig(**_SMALL, logit_scale=0.25),
    "granite": lambda: hf.GraniteConfig(**_SMALL, logits_scaling=4.0),
}
FAMILIES = tuple(_CONFIGS)
BENT_LOGITS = ("gemma2",)
"""Families that bend the logits after the head; a mere factor moves through a linear head."""


def tiny_family(name: str, *, seed: int = 0) -> Any:
    """Return a model of the family, dropout off, the same for the same seed."""
    torch.manual_seed(seed)
    config = _CONFIGS[name]()
    for field in ("resid_pdrop", "embd_pdrop", "attn_pdrop", "attention_dropout"):
        if hasattr(config, field):
            setattr(config, field, 0.0)
    return hf.AutoModelForCausalLM.from_config(config)
