"""Greedy answers to many prompts at once: what they share is read once, who is done leaves.

The likeliest token each time, without any penalty, so that the same prompt gives the same answer.
"""

import copy
import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeAlias

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

_BATCH_TOKENS = 16_384
_BATCH_ROWS = 64
_LEAST_FILLED = 0.6
_LIVE_SHARE = 0.75
"""Leaving copies the whole cache, so nobody leaves before a quarter is done."""
_ROOM = 32
"""Positions made at once: growing by one copied the cache for every token, half of all the time."""


Heard: TypeAlias = Callable[[int, int], None]
"""Told the place of a prompt and each token of its answer, as it is chosen."""


class _RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is not typed
    """Keys and values with room for what comes, so that a token is written and nothing copied."""

    keys: torch.Tensor
    values: torch.Tensor
    _key_room: torch.Tensor | None = None
    _value_room: torch.Tensor | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add states and return all there are."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys, self._key_room = _grown(self.keys, self._key_room, key_states)
        self.values, self._value_room = _grown(self.values, self._value_room, value_states)
        return self.keys, self.values


def _grown(
    held: torch.Tensor, room: torch.Tensor | None, new: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what is held with what is new behind it, and the room that both lie in."""
    before = held.shape[-2] if held.numel() else 0
    after = before + new.shape[-2]
    # What rows left or a prefix was copied from lies elsewhere than in its old room.
    at_home = room is not None and before and held.data_ptr() == room.data_ptr()
    if room is None or not at_home or room.shape[-2] < after or len(room) != len(held):
        room = new.new_empty((*new.shape[:-2], after + _ROOM, new.shape[-1]))
        if before:
            room[..., :before, :] = held
    room[..., before:after, :] = new
    return room[..., :after, :], room


class Generator:
    """Answers prompts with one model in memory."""

    def __init__(
        self, model: Any, *, inner: Any, device: str, limit: int, stop: Collection[int], pad: int
    ) -> None:
        """Take a model; `inner` is the one of transformers inside an adapter's."""
        self._model = model
        self._config = inner.config
        self._device = device
        self._limit = limit
        self._stop = frozenset(stop)
        self._pad = pad
        taken = inspect.signature(inner.forward).parameters
        layers = DynamicCache(config=inner.config).layers
        self._stepwise = {"position_ids", "logits_to_keep"} <= taken.keys() and all(
            type(layer) in {DynamicLayer, DynamicSlidingWindowLayer} for layer in layers
        )
        """Whether its cache is one whose rows can be repeated and dropped."""

    @torch.inference_mode()
    def answer(
        self,
        prompts: Sequence[list[int]],
        heard: Heard | None = None,
        limits: Sequence[int] | None = None,
    ) -> Iterator[tuple[int, list[int]]]:
        """Yield the place of each prompt with its answer, the stop token included, by batches.

        `limits` ends single answers earlier than the model's own limit; none is longer than that.
        """
        shared = shared_start(prompts) if self._stepwise else 0
        start = self._read(prompts[0][:shared]) if shared else None
        for group in batches([len(prompt) + self._limit for prompt in prompts]):
            rows = [prompts[place][shared:] for place in group]
            hear = None if heard is None else _places(heard, group)
            most = [self._limit if limits is None else limits[place] for place in group]
            if self._stepwise:
                answers = self._decode(rows, start, shared, most, hear)
            else:
                answers = [one[:n] for one, n in zip(self._generate(rows), most, strict=True)]
            yield from zip(group, answers, strict=True)

    def _cache(self) -> DynamicCache:
        """Return an empty cache."""
        cache = DynamicCache(config=self._config)
        for place, layer in enumerate(cache.layers):
            if type(layer) is DynamicLayer:
                cache.layers[place] = _RoomyLayer()
        return cache

    def _read(self, tokens: list[int]) -> DynamicCache:
        """Return the cache after tokens that begin every prompt."""
        cache = self._cache()
        ids = torch.tensor([tokens], device=self._device)
        self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return cache

    def _decode(
        self,
        rows: Sequence[list[int]],
        start: DynamicCache | None,
        shared: int,
        most: Sequence[int],
        heard: Heard | None,
    ) -> list[list[int]]:
        """Return the answers to prompts whose first `shared` tokens are in the cache."""
        ids, own = self._padded(rows)
        seen = torch.cat([own.new_ones((len(rows), shared)), own], dim=1)
        places = (seen.cumsum(-1) - 1).clamp(min=0)[:, shared:]
        cache = self._cache() if start is None else copy.deepcopy(start)
        if start is not None:
            cache.batch_repeat_interleave(len(rows))
        answers: list[list[int]] = [[] for _ in rows]
        lines = list(range(len(rows)))
        open_ones = set(lines)
        for _ in range(self._limit):
            logits = self._model(
                input_ids=ids,
                attention_mask=seen,
                position_ids=places,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits
            chosen = logits[:, -1].argmax(-1)
            for line, token in zip(lines, chosen.tolist(), strict=True):
                if line in open_ones:
                    answers[line].append(token)
                    if heard is not None:
                        heard(line, token)
                    if token in self._stop or len(answers[line]) >= most[line]:
                        open_ones.remove(line)
            if not open_ones:
                break
            places = places[:, -1:] + 1
            if len(open_ones) <= _LIVE_SHARE * len(lines):
                at = [n for n, line in enumerate(lines) if line in open_ones]
                lines = [lines[n] for n in at]
                stay = torch.tensor(at, device=self._device)
                cache.batch_select_indices(stay)
                seen, places, chosen = seen[stay], places[stay], chosen[stay]
            ids = chosen[:, None]
            seen = torch.cat([seen, seen.new_ones((len(seen), 1))], dim=1)
        return answers

    def _generate(self, rows: Sequence[list[int]]) -> list[list[int]]:
        """Return the answers of a model that keeps another kind of state, by its own loop."""
        ids, seen = self._padded(rows)
        generated = self._model.generate(
            input_ids=ids,
            attention_mask=seen,
            max_new_tokens=self._limit,
            do_sample=False,
            repetition_penalty=1.0,
            pad_token_id=self._pad,
            eos_token_id=sorted(self._stop),
        )[:, ids.shape[1] :].tolist()
        ends = (next((n for n, t in enumerate(r) if t in self._stop), len(r)) for r in generated)
        return [row[: end + 1] for row, end in zip(generated, ends, strict=True)]

    def _padded(self, rows: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return rows of tokens, padded on the left, and which of the tokens count."""
        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self._pad)
        seen = torch.zeros((len(rows), longest), dtype=torch.long)
        for line, tokens in enumerate(rows):
            ids[line, longest - len(tokens) :] = torch.tensor(tokens)
            seen[line, longest - len(tokens) :] = 1
        return ids.to(self._device), seen.to(self._device)


def _places(heard: Heard, group: Sequence[int]) -> Heard:
    """Return what tells the place among all prompts instead of the line in its batch."""
    return lambda line, token: heard(group[line], token)


def shared_start(prompts: Sequence[list[int]]) -> int:
    """Return how many tokens begin every prompt; each keeps at least one of its own."""
    if len(prompts) < 2:
        return 0
    first, last = min(prompts), max(prompts)
    most = min(map(len, prompts)) - 1
    pairs = zip(first[:most], last[:most], strict=True)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), most)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
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
