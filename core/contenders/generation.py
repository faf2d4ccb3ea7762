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

from core.contenders.roomy_cache import RoomyLayer

_BATCH_TOKENS = 16_384
_BATCH_BYTES = 2**29
"""Keys and values of a batch may take as much where that is more positions: small models."""
_BATCH_ROWS = 128
_LEAST_FILLED = 0.6
_BEGINNING = 8
"""Tokens by which prompts are told to begin alike."""
_FAMILY = 8
"""So many prompts that begin alike are worth a batch of their own."""
_LIVE_SHARE = 0.75
"""Where leaving copies the whole cache, nobody leaves before a quarter is done."""
_SPARE = {"cpu": 64}
"""Padding that is read rather than asking a processor once more, which costs it as much."""
_SPARE_ELSEWHERE = 4096

Heard: TypeAlias = Callable[[int, int], None]
"""Told the place of a prompt and each token of its answer, as it is chosen."""


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
        self._roomy = all(type(layer) is DynamicLayer for layer in layers)
        """Whether rows may be read in parts and leave without a copy."""
        self._tokens = max(_BATCH_TOKENS, _BATCH_BYTES // _bytes_a_position(inner.config))
        self._spare = _SPARE.get(device, _SPARE_ELSEWHERE)

    @torch.inference_mode()
    def answer(
        self,
        prompts: Sequence[list[int]],
        heard: Heard | None = None,
        limits: Sequence[int] | None = None,
    ) -> Iterator[tuple[int, list[int]]]:
        """Yield the place of each prompt with its answer, the stop token included, as it ends.

        `limits` ends single answers earlier than the model's own limit; none is longer than that.
        """
        for family in families(prompts) if self._stepwise else [list(range(len(prompts)))]:
            own = [prompts[place] for place in family]
            shared = shared_start(own) if self._stepwise else 0
            start = self._read(own[0][:shared]) if shared else None
            for batch in batches([len(one) + self._limit for one in own], self._tokens):
                group = [family[n] for n in batch]
                rows = [prompts[place][shared:] for place in group]
                hear = None if heard is None else _places(heard, group)
                most = [self._limit if limits is None else limits[place] for place in group]
                if self._stepwise:
                    for line, answer in self._decode(rows, start, shared, most, hear):
                        yield group[line], answer
                else:
                    answers = [one[:n] for one, n in zip(self._generate(rows), most, strict=True)]
                    yield from zip(group, answers, strict=True)

    def _cache(self) -> DynamicCache:
        """Return an empty cache."""
        cache = DynamicCache(config=self._config)
        for place, layer in enumerate(cache.layers):
            if type(layer) is DynamicLayer:
                cache.layers[place] = RoomyLayer()
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
    ) -> Iterator[tuple[int, list[int]]]:
        """Yield the answers to prompts whose first `shared` tokens are in the cache, as they end.

        Rows come with the longest first.
        """
        read = self._read_parts if self._roomy else self._read_together
        cache, seen, chosen = read(rows, start, shared)
        places = torch.tensor([[shared + len(row)] for row in rows], device=self._device)
        answers: list[list[int]] = [[] for _ in rows]
        lines = list(range(len(rows)))
        open_ones = set(lines)
        while True:
            for line, token in zip(lines, chosen.tolist(), strict=True):
                if line in open_ones:
                    answers[line].append(token)
                    if heard is not None:
                        heard(line, token)
                    if token in self._stop or len(answers[line]) >= min(most[line], self._limit):
                        open_ones.remove(line)
                        yield line, answers[line]
            if not open_ones:
                return
            if self._may_leave(len(open_ones), len(lines)):
                order = _order([line in open_ones for line in lines])
                lines = [lines[n] for n in order]
                stay = torch.tensor(order, device=self._device)
                _keep(cache, stay)
                seen, places, chosen = seen[stay], places[stay], chosen[stay]
            seen = torch.cat([seen, seen.new_ones((len(seen), 1))], dim=1)
            chosen = self._next(chosen[:, None], seen, places, cache)
            places = places + 1

    def _may_leave(self, live: int, there: int) -> bool:
        """Return whether who is done leaves now: at once, where only who moves is copied."""
        return live < there if self._roomy else live <= _LIVE_SHARE * there

    def _next(
        self, ids: torch.Tensor, seen: torch.Tensor, places: torch.Tensor, cache: DynamicCache
    ) -> torch.Tensor:
        """Return the likeliest token after each row."""
        logits = self._model(
            input_ids=ids,
            attention_mask=seen,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        chosen: torch.Tensor = logits[:, -1].argmax(-1)
        return chosen

    def _read_parts(
        self, rows: Sequence[list[int]], start: DynamicCache | None, shared: int
    ) -> tuple[DynamicCache, torch.Tensor, torch.Tensor]:
        """Return the cache of all rows, what of it counts, and what comes next.

        Rows of like length are read together, so that hardly any padding is.
        """
        groups = list(parts([len(row) for row in rows], self._spare))
        widths = [len(rows[group.start]) for group in groups]
        cache = self._cache()
        made = [
            layer.parts(start and start.layers[place], groups, widths)
            for place, layer in enumerate(cache.layers)
        ]
        seen = torch.zeros((len(rows), shared + max(widths)), dtype=torch.long, device=self._device)
        chosen = []
        for number, (group, width) in enumerate(zip(groups, widths, strict=True)):
            part = DynamicCache()
            part.layers = [layers[number] for layers in made]
            ids, own = self._padded(rows[group])
            counts = torch.cat([own.new_ones((len(ids), shared)), own], dim=1)
            seen[group, : shared + width] = counts
            chosen.append(self._next(ids, counts, _positions(counts, shared), part))
        for layer in cache.layers:
            layer.join()
        return cache, seen, torch.cat(chosen)

    def _read_together(
        self, rows: Sequence[list[int]], start: DynamicCache | None, shared: int
    ) -> tuple[DynamicCache, torch.Tensor, torch.Tensor]:
        """Return the same for a cache that the library alone knows how to join."""
        ids, own = self._padded(rows)
        seen = torch.cat([own.new_ones((len(rows), shared)), own], dim=1)
        cache = self._cache() if start is None else copy.deepcopy(start)
        if start is not None:
            cache.batch_repeat_interleave(len(rows))
        return cache, seen, self._next(ids, seen, _positions(seen, shared), cache)

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


def _positions(seen: torch.Tensor, shared: int) -> torch.Tensor:
    """Return the position of every token after the shared ones; padding counts for none."""
    return (seen.cumsum(-1) - 1).clamp(min=0)[:, shared:]


def _order(live: Sequence[bool]) -> list[int]:
    """Return who stands where once the others left: the last take the places of those."""
    count = sum(live)
    last = iter([n for n in range(count, len(live)) if live[n]])
    return [n if live[n] else next(last) for n in range(count)]


def _keep(cache: DynamicCache, order: torch.Tensor) -> None:
    """Keep these rows of a cache, in this order."""
    holes = (order != torch.arange(len(order), device=order.device)).nonzero().flatten()
    movers = order[holes]
    for layer in cache.layers:
        if isinstance(layer, RoomyLayer):
            layer.keep(holes, movers, len(order))
        else:
            layer.batch_select_indices(order)


def _bytes_a_position(config: Any) -> int:
    """Return what one token of one row takes in a cache, as far as the settings tell."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(text.num_hidden_layers * 2 * heads * size * 4)


def parts(lengths: Sequence[int], spare: int) -> Iterator[slice]:
    """Yield runs of rows, the longest first, of which each is padded by `spare` tokens at most."""
    begin = padding = 0
    for place, length in enumerate(lengths):
        padding += lengths[begin] - length
        if padding > spare:
            yield slice(begin, place)
            begin, padding = place, 0
    yield slice(begin, len(lengths))


def families(prompts: Sequence[list[int]]) -> Iterator[list[int]]:
    """Yield the places of prompts that begin alike, and those of all others together.

    One prompt that lost its beginning would else leave the others nothing to share.
    """
    alike: dict[tuple[int, ...], list[int]] = {}
    for place, prompt in enumerate(prompts):
        alike.setdefault(tuple(prompt[:_BEGINNING]), []).append(place)
    yield from (family for family in alike.values() if len(family) >= _FAMILY)
    rest = [place for family in alike.values() if len(family) < _FAMILY for place in family]
    if rest:
        yield sorted(rest)


def shared_start(prompts: Sequence[list[int]]) -> int:
    """Return how many tokens begin every prompt; each keeps at least one of its own."""
    if len(prompts) < 2:
        return 0
    first, last = min(prompts), max(prompts)
    most = min(map(len, prompts)) - 1
    pairs = zip(first[:most], last[:most], strict=True)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), most)


def batches(lengths: Sequence[int], tokens: int = _BATCH_TOKENS) -> Iterator[list[int]]:
    """Yield places of like length together, the longest first; no batch is mostly padding.

    `tokens` are the most positions of a batch that holds more than one row.
    """
    group: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        longest = lengths[group[0]] if group else lengths[place]
        full = len(group) == _BATCH_ROWS or longest * (len(group) + 1) > tokens
        if group and (full or lengths[place] < longest * _LEAST_FILLED):
            yield group
            group = []
        group.append(place)
    if group:
        yield group
