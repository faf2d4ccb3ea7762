"""Random models of a few thousand weights in the shapes that merging has to get right."""

from pathlib import Path
from typing import Literal

import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

from tests.support.tiny_model import tiny_tokenizer

Family = Literal["llama", "gpt2", "qwen2", "qwen3"]
_SHAPES = {"llama": LlamaConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config}


def save_tiny_family(
    folder: Path, family: Family, *, tied: bool, dtype: torch.dtype = torch.float32
) -> Path:
    """Save a model of the family that transformers can load, and return its folder."""
    tokenizer = tiny_tokenizer()
    torch.manual_seed(0)
    shared = {
        "vocab_size": len(tokenizer),
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": None,
        "tie_word_embeddings": tied,
        "initializer_range": 0.2,
    }
    if family == "gpt2":
        config = GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=512, **shared)
    else:
        config = _SHAPES[family](
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=512,
            **shared,
        )
    AutoModelForCausalLM.from_config(config).to(dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
