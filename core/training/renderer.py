"""Lets masks ask a Hugging Face tokenizer, without importing the library it comes from."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import RecipeError
from core.training.templates import PLAIN

_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")


@dataclass(frozen=True, slots=True)
class TokenizerRenderer:
    """A `Renderer` over a fast tokenizer with a chat template."""

    tokenizer: Any
    stop_ids: frozenset[int]

    @property
    def added_ids(self) -> frozenset[int]:
        """Ids of the tokens that were added to the vocabulary as wholes."""
        return frozenset(self.tokenizer.added_tokens_decoder)

    def render(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None, *, opening: bool
    ) -> str:
        """Return the turns as the model sees them; no turns and no opening are no text."""
        text = self.tokenizer.apply_chat_template(
            list(messages), tools=tools, tokenize=False, add_generation_prompt=opening
        )
        return str(text)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return ids and the characters each one covers; the template has added all there is."""
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return encoded["input_ids"], encoded["offset_mapping"]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some tokens, marks included."""
        text = self.tokenizer.decode(
            list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return str(text)

    def marked(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None
    ) -> list[int] | None:
        """Return the tokens between the template's own marks; None when it has none."""
        if not _MARKS.search(self.tokenizer.get_chat_template(tools=tools)):
            return None
        encoded = self.tokenizer.apply_chat_template(
            list(messages), tools=tools, return_dict=True, return_assistant_tokens_mask=True
        )
        pairs = zip(encoded["input_ids"], encoded["assistant_masks"], strict=True)
        return [token for token, marked in pairs if marked]


def make_renderer(
    tokenizer: Any,
    *,
    eos_ids: int | Iterable[int] | None,
    extra: Iterable[str],
    template: str | None = None,
) -> TokenizerRenderer:
    """Return the renderer; its stop tokens are the tokenizer's, the model's and the recipe's.

    `template` is the text of a chat template that wins over the tokenizer's own.
    """
    if template is not None:
        tokenizer.chat_template = template
    if not tokenizer.chat_template:
        raise RecipeError(
            what="The base model has no chat template.",
            why="Without one nobody knows how turns are marked, so nothing can be trained on them.",
            remedy=f'Set model.template = "{PLAIN}" for the built-in one, or to the path of a Jinja'
            " file; or choose an instruction-tuned base model.",
        )
    if not tokenizer.is_fast:
        raise RecipeError(
            what="The base model's tokenizer gives no positions.",
            why="Which tokens belong to an answer is known from positions in the text.",
            remedy="Choose a base model with a fast tokenizer (tokenizer.json).",
        )
    stop = _stop_ids(tokenizer, eos_ids, extra)
    if not stop:
        raise RecipeError(
            what="The base model names no token that ends an answer.",
            why="Neither tokenizer nor generation settings have one, so it would never stop.",
            remedy='Name the token that ends a turn in its template: model.stop = ["<|end|>"].',
        )
    return TokenizerRenderer(tokenizer, stop)


def _stop_ids(
    tokenizer: Any, eos_ids: int | Iterable[int] | None, extra: Iterable[str]
) -> frozenset[int]:
    """Return every token that ends an answer."""
    listed = [eos_ids] if isinstance(eos_ids, int) else list(eos_ids or ())
    known = tokenizer.get_vocab()
    for token in extra:
        if token not in known:
            raise RecipeError(
                what=f"model.stop names {token!r}, which is no token of the base model.",
                why="Only a single token can end an answer.",
                remedy="Copy the token as it stands in the model's tokenizer.json.",
            )
        listed.append(known[token])
    if tokenizer.eos_token_id is not None:
        listed.append(tokenizer.eos_token_id)
    return frozenset(listed)
