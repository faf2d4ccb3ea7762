"""Lets masks ask a Hugging Face tokenizer, without importing the library it comes from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import RecipeError


@dataclass(frozen=True, slots=True)
class TokenizerRenderer:
    """A `Renderer` over a fast tokenizer with a chat template."""

    tokenizer: Any
    stop_ids: frozenset[int]

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


def make_renderer(
    tokenizer: Any, *, eos_ids: int | Iterable[int] | None, extra: Iterable[str]
) -> TokenizerRenderer:
    """Return the renderer; its stop tokens are the tokenizer's, the model's and the recipe's."""
    if not tokenizer.chat_template:
        raise RecipeError(
            what="The base model has no chat template.",
            why="Without one nobody knows how turns are marked, so nothing can be trained on them.",
            remedy="Choose an instruction-tuned base model.",
        )
    if not tokenizer.is_fast:
        raise RecipeError(
            what="The base model's tokenizer gives no positions.",
            why="Which tokens belong to an answer is known from positions in the text.",
            remedy="Choose a base model with a fast tokenizer (tokenizer.json).",
        )
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
    return TokenizerRenderer(tokenizer, frozenset(listed))
