"""Answers with a model on this machine, with or without its adapter; only inside a worker."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import ModelSource
from core.contenders.contender import Answer, Contender, Conversation, plain_conversation
from core.data.rows import Example
from core.data.sources import file_sha256
from core.machine import usable_cores

_BATCH_TOKENS = 16_384
_BATCH_ROWS = 32
_LEAST_FILLED = 0.6
_ADAPTER = "adapter_config.json"


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield places of like length together, the longest first; no batch is mostly padding."""
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        longest = lengths[group[0]] if group else lengths[place]
        full = len(group) == _BATCH_ROWS or longest * (len(group) + 1) > _BATCH_TOKENS
        if group and (full or lengths[place] < longest * _LEAST_FILLED):
            yield group
            group = []
        group.append(place)
    if group:
        yield group


class LocalModel:
    """A base model in memory, and what was tuned: an adapter over it, or a model of its own."""

    def __init__(
        self, source: ModelSource, tuned: Path, *, device: str, max_new_tokens: int
    ) -> None:
        torch.set_num_threads(usable_cores())
        self._tokenizer = AutoTokenizer.from_pretrained(source.location, revision=source.revision)
        self._tokenizer.padding_side = "left"
        base = AutoModelForCausalLM.from_pretrained(
            source.location, revision=source.revision, dtype=torch.float32
        )
        adapter = (tuned / _ADAPTER).is_file()
        if adapter:
            self._tuned = PeftModel.from_pretrained(base, str(tuned)).to(device).eval()
            self._base = self._tuned
        else:
            self._base = base.to(device).eval()
            self._tuned = AutoModelForCausalLM.from_pretrained(tuned, dtype=torch.float32)
            self._tuned.to(device).eval()
        self._device = device
        self._limit = max_new_tokens
        self._context = int(getattr(base.config, "max_position_embeddings", 0) or 2**30)
        eos = base.generation_config.eos_token_id
        listed = [eos] if isinstance(eos, int) else list(eos or ())
        self._stop = sorted({*listed, self._tokenizer.eos_token_id} - {None})
        self._pad = self._tokenizer.pad_token_id
        if self._pad is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
            self._pad = self._tokenizer.pad_token_id
        self.identity: dict[str, Any] = {
            "base": source.location,
            "revision": source.revision,
            "max_new_tokens": max_new_tokens,
            "decoding": "greedy",
        }
        self.tuned_sha256 = _weights_sha256(tuned)

    def contender(self, name: str, *, tuned: bool) -> Contender:
        """Return the model as a contender, tuned or as it was."""
        return _Local(self, name, tuned=tuned)

    @torch.inference_mode()
    def answer(self, asked: Sequence[Conversation], *, tuned: bool) -> Iterator[Answer]:
        """Yield answers, batch by batch, the longest prompts first."""
        whole = [self._encode(conversation) for conversation in asked]
        room = max(1, self._context - self._limit)
        prompts = [ids[-room:] for ids in whole]
        model = self._tuned if tuned else self._base
        adapted = self._tuned is self._base
        adapter = self._tuned.disable_adapter() if adapted and not tuned else nullcontext()
        with adapter:
            for group in _batches([len(prompt) + self._limit for prompt in prompts]):
                for answer in self._batch(model, prompts, group):
                    yield answer._replace(cut=len(whole[answer.place]) > room)

    def _encode(self, asked: Conversation) -> list[int]:
        """Return the tokens of a prompt."""
        text = self._tokenizer.apply_chat_template(
            list(asked.messages), tools=asked.tools, tokenize=False, add_generation_prompt=True
        )
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _batch(
        self, model: Any, prompts: Sequence[list[int]], group: Sequence[int]
    ) -> Iterator[Answer]:
        """Yield the answers to prompts of like length."""
        longest = max(len(prompts[place]) for place in group)
        ids = torch.full((len(group), longest), self._pad)
        seen = torch.zeros((len(group), longest), dtype=torch.long)
        for line, place in enumerate(group):
            length = len(prompts[place])
            ids[line, longest - length :] = torch.tensor(prompts[place])
            seen[line, longest - length :] = 1
        generated = model.generate(
            input_ids=ids.to(self._device),
            attention_mask=seen.to(self._device),
            max_new_tokens=self._limit,
            do_sample=False,
            pad_token_id=self._pad,
            eos_token_id=self._stop,
        )[:, longest:].tolist()
        for line, place in enumerate(group):
            tokens = generated[line]
            end = next((n for n, token in enumerate(tokens) if token in self._stop), None)
            said = tokens if end is None else tokens[:end]
            yield Answer(
                place=place,
                text=self._tokenizer.decode(said, skip_special_tokens=True),
                tokens=len(said) + (end is not None),
                stopped=end is not None,
                cut=False,
            )


def _weights_sha256(folder: Path) -> str:
    """Return one hash of all weights in a folder, however many files they are in."""
    files = sorted(folder.glob("*.safetensors"))
    return " ".join(file_sha256(path) for path in files)


class _Local:
    """A `LocalModel`, tuned or as it was."""

    def __init__(self, model: LocalModel, name: str, *, tuned: bool) -> None:
        self._model = model
        self._tuned = tuned
        self.name = name
        self.identity = {
            **model.identity,
            "adapter": model.tuned_sha256 if tuned else None,
        }

    def conversation(self, example: Example) -> Conversation:
        """Return the turns before the last answer."""
        return plain_conversation(example)

    def answer(self, asked: Sequence[Conversation]) -> Iterator[Answer]:
        """Yield one answer for each conversation."""
        return self._model.answer(asked, tuned=self._tuned)
