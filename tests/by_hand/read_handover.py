"""Reads a hand-over with the code of the trainer it is for, in that trainer's environment."""

import importlib.machinery
import json
import runpy
import sys
import types
from pathlib import Path
from typing import Any

Read = list[tuple[list[int], list[int]]]
"""Ids and labels of every train row."""


def by_trl() -> Read:
    """Run the script as it is, to the end of its training."""
    names = runpy.run_path("train.py")
    assert Path("result/adapter_model.safetensors").is_file()
    return _pairs(names["trainer"].train_dataset)


def by_axolotl() -> Read:
    """Let Axolotl check its file and make its rows."""
    import yaml
    from axolotl.prompt_strategies.chat_template import load
    from axolotl.utils.config import validate_config
    from axolotl.utils.dict import DictDefault
    from transformers import AutoTokenizer

    settings = validate_config(DictDefault(yaml.safe_load(Path("config.yaml").read_text())))
    tokenizer = AutoTokenizer.from_pretrained(settings.base_model)
    strategy = load(tokenizer, settings, settings.datasets[0])
    lines = Path(settings.datasets[0].path).read_text().splitlines()
    return _pairs([strategy.tokenize_prompt(json.loads(line)) for line in lines])


def by_llama_factory() -> Read:
    """Let LLaMA-Factory parse its arguments and make its rows."""
    import yaml

    # Imported for sound alone, and never called here.
    silent = types.ModuleType("torchaudio")
    silent.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    sys.modules["torchaudio"] = silent
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    model, data, training, *_ = get_train_args(yaml.safe_load(Path("config.yaml").read_text()))
    tokenizer = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(tokenizer["tokenizer"], data)
    found = get_dataset(template, model, data, training, stage="sft", **tokenizer)
    return _pairs(found["train_dataset"])


def _pairs(rows: Any) -> Read:
    return [(list(row["input_ids"]), list(row["labels"])) for row in rows]


READERS = {"trl": by_trl, "axolotl": by_axolotl, "llama-factory": by_llama_factory}

if __name__ == "__main__":
    print(json.dumps(READERS[sys.argv[1]]()))
