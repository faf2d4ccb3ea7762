"""Answers with a model on this machine, with or without its adapter; only inside a worker."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import ModelSource
from core.contenders.contender import Answer, Contender, Conversation, plain_conversation
from core.contenders.generation import Generator
from core.contenders.unfolding import Told, Unfolding
from core.data.rows import Example
from core.data.sources import file_sha256
from core.errors import RecipeError
from core.machine import usable_cores
from core.text_safety import clip, visible

_ADAPTER = "adapter_config.json"
_MODEL_FILES = ("*.safetensors", "*.bin", "*.json", "*.jinja", "*.model")


class LocalModel:
    """A base model in memory, and what was tuned: an adapter over it, or a model of its own."""

    def __init__(
        self,
        source: ModelSource,
        tuned: Path | None = None,
        *,
        device: str,
        max_new_tokens: int,
        template: str | None = None,
        stop: Sequence[str] = (),
    ) -> None:
        """Load both; `template` and `stop` are what the adapter was trained with beside its base's.

        None leaves the tokenizer's own template.
        """
        torch.set_num_threads(usable_cores())
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                source.location, revision=source.revision
            )
            base = AutoModelForCausalLM.from_pretrained(
                source.location, revision=source.revision, dtype=torch.float32
            )
        except (OSError, ValueError) as error:
            raise RecipeError(
                what=f"The model {clip(visible(source.location), 120)} cannot be loaded.",
                why=f"transformers says: {clip(visible(str(error)), 300)}",
                remedy="Name a folder saved by transformers, or a name on the Hub and its commit.",
            ) from error
        if template is not None:
            self._tokenizer.chat_template = template
        if self._tokenizer.chat_template is None:
            raise RecipeError(
                what=f"The model {clip(visible(source.location), 120)} has no chat template.",
                why="Without one nobody can tell how a conversation is put to it.",
                remedy="Name an instruction-tuned model.",
            )
        self._device = device
        self._limit = max_new_tokens
        self._context = int(getattr(base.config, "max_position_embeddings", 0) or 2**30)
        eos = base.generation_config.eos_token_id
        listed = [eos] if isinstance(eos, int) else list(eos or ())
        further = self._tokenizer.convert_tokens_to_ids(list(stop))
        self._stop = sorted({*listed, *further, self._tokenizer.eos_token_id} - {None})
        self._pad = self._tokenizer.pad_token_id
        if self._pad is None:
            self._pad = self._stop[0] if self._stop else 0
        self.identity: dict[str, Any] = {
            "base": source.location,
            "revision": source.revision or _folder_sha256(Path(source.location)),
            "max_new_tokens": max_new_tokens,
            "decoding": "greedy",
        }
        if template is not None or stop:
            self.identity |= {"template": template, "stop": list(stop)}
        self._load_tuned(base, tuned)

    def _load_tuned(self, base: Any, tuned: Path | None) -> None:
        """Put an adapter over the base, or the tuned model beside it."""
        self.tuned_sha256 = None if tuned is None else _folder_sha256(tuned)
        self._adapted = tuned is not None and (tuned / _ADAPTER).is_file()
        self._base = self._tuned = base.to(self._device).eval()
        inner = base
        if self._adapted:
            self._base = self._tuned = PeftModel.from_pretrained(base, str(tuned)).eval()
            self._tuned.to(self._device)
        elif tuned is not None:
            inner = AutoModelForCausalLM.from_pretrained(tuned, dtype=torch.float32)
            self._tuned = inner.to(self._device).eval()
        self._asked_base = self._generator(self._base, base)
        self._asked_tuned = self._generator(self._tuned, inner)

    def _generator(self, model: Any, inner: Any) -> Generator:
        return Generator(
            model,
            inner=inner,
            device=self._device,
            limit=self._limit,
            stop=self._stop,
            pad=self._pad,
        )

    def contender(self, name: str, *, tuned: bool) -> Contender:
        """Return the model as a contender, tuned or as it was."""
        return _Local(self, name, tuned=tuned)

    def answer(
        self,
        asked: Sequence[Conversation],
        *,
        tuned: bool,
        told: Told | None = None,
        limits: Sequence[int] | None = None,
    ) -> Iterator[Answer]:
        """Yield answers, batch by batch, the longest prompts first.

        `told` gets the place of an answer and each piece of its text as soon as it is certain;
        `limits` are tokens for single answers, of which the model's own limit stays the most.
        """
        whole = [self._encode(conversation) for conversation in asked]
        room = max(1, self._context - self._limit)
        prompts = [ids[-room:] for ids in whole]
        generator = self._asked_tuned if tuned else self._asked_base
        bare = self._tuned.disable_adapter() if self._adapted and not tuned else nullcontext()
        unfolding = None if told is None else Unfolding(self._text, told)
        with bare:
            for place, tokens in generator.answer(
                prompts, None if unfolding is None else unfolding.hear, limits
            ):
                stopped = tokens[-1] in self._stop
                said = tokens[:-1] if stopped else tokens
                text = self._text(said)
                if unfolding is not None:
                    unfolding.end(place, text)
                yield Answer(
                    place=place,
                    text=text,
                    tokens=len(tokens),
                    stopped=stopped,
                    cut=len(whole[place]) > room,
                )

    def _text(self, tokens: Sequence[int]) -> str:
        """Return what tokens say."""
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True)
        return text

    def _encode(self, asked: Conversation) -> list[int]:
        """Return the tokens of a prompt."""
        text = self._tokenizer.apply_chat_template(
            list(asked.messages), tools=asked.tools, tokenize=False, add_generation_prompt=True
        )
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def _folder_sha256(folder: Path) -> str:
    """Return one hash of all that answers depend on in a model's folder."""
    files = sorted({path for pattern in _MODEL_FILES for path in folder.glob(pattern)})
    named = "\n".join(f"{file_sha256(path)} {path.name}" for path in files)
    return hashlib.sha256(named.encode()).hexdigest()


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
