"""What a DeepSpeed config asks for, in the words of a recipe.

DeepSpeed itself is not used. Its ZeRO stages say how much of the state each process holds; here
weights, gradients and optimiser are all shared by torch's FSDP2; updates are those of one process.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

_STAGES: Final = (0, 1, 2, 3)
_AUTO: Final = "auto"
_WAYS: Final = frozenset(
    {
        *("zero3_init_flag", "zero3_save_16bit_model", "zero_optimization.allgather_partitions"),
        *("zero_optimization.allgather_bucket_size", "zero_optimization.overlap_comm"),
        *("zero_optimization.reduce_scatter", "zero_optimization.reduce_bucket_size"),
        *("zero_optimization.contiguous_gradients", "zero_optimization.round_robin_gradients"),
        *("zero_optimization.sub_group_size", "zero_optimization.ignore_unused_parameters"),
        *("zero_optimization.stage3_prefetch_bucket_size",),
        *("zero_optimization.stage3_param_persistence_threshold",),
        *("zero_optimization.stage3_max_live_parameters",),
        *("zero_optimization.stage3_max_reuse_distance",),
        *("zero_optimization.stage3_gather_16bit_weights_on_model_save",),
        *("steps_per_print", "wall_clock_breakdown", "zero_allow_untested_optimizer"),
    }
)
"""How sharing is done, saved and told; results are the same."""
_FINE: Final[Mapping[str, tuple[object, ...]]] = {
    "gradient_accumulation_steps": (1,),
    "deepspeed_multinode_launcher": ("standard",),
    "optimizer.type": ("AdamW", "Adam"),
}
_REASONS: Final = {
    "gradient_accumulation_steps": "batch.update_rows says how many rows an update has",
    "train_batch_size": "batch.update_rows says how many rows an update has",
    "train_micro_batch_size_per_gpu": "batch.tokens says how much is computed at once",
    "offload_optimizer": "the optimiser stays on its device",
    "offload_param": "weights stay on their device",
    "fp16": "arithmetic is float32 or bfloat16",
    "optimizer": "the optimiser is AdamW, and optim in the recipe has its settings",
    "scheduler": "optim.schedule and optim.warmup_share say how the rate changes",
}


class ZeroSettings(NamedTuple):
    """A DeepSpeed config, sorted."""

    taken: tuple[tuple[str, int | float | str, str], ...]
    """Field of the recipe, its value, and what the file says."""
    refused: tuple[tuple[str, object, str], ...]
    """Field, its value and why it cannot be honoured."""


def zero_settings(inner: Mapping[str, Any], more: Mapping[str, Any]) -> ZeroSettings:
    """Return what `deepspeed_config` and the file it names come to; that file wins."""
    said = {
        name: value
        for name, value in {**dict(_flat(inner)), **dict(_flat(more))}.items()
        if name != "deepspeed_config_file"
    }
    stage = said.pop("zero_optimization.stage", said.pop("zero_stage", 2))
    said.pop("zero_stage", None)
    taken: list[tuple[str, int | float | str, str]] = []
    refused: list[tuple[str, object, str]] = []
    if stage not in _STAGES:
        refused.append(("zero_stage", stage, "stages are 0 to 3"))
    words = f"ZeRO stage {stage}; DeepSpeed is not used, FSDP2 shares weights, too"
    taken.append(("runtime.shard", stage != 0, words))
    clip = said.pop("gradient_clipping", _AUTO)
    if isinstance(clip, int | float) and clip > 0:
        taken.append(("optim.clip", float(clip), f"gradient_clipping: {clip}"))
    elif not _asks_nothing(clip):
        refused.append(("gradient_clipping", clip, "it is a number above 0"))
    if said.pop("bf16.enabled", False) is True:
        taken.append(("model.dtype", "bfloat16", "bf16.enabled: true"))
    for table in ("fp16", "bf16"):
        if said.get(f"{table}.enabled") in (None, False, _AUTO):
            said = {name: one for name, one in said.items() if not name.startswith(f"{table}.")}
    for name, value in said.items():
        if name not in _WAYS and not _asks_nothing(value) and value not in _FINE.get(name, ()):
            parts = name.split(".")
            why = next((_REASONS[one] for one in parts if one in _REASONS), _device_reason(name))
            refused.append((name, value, why))
    return ZeroSettings(tuple(taken), tuple(refused))


def _device_reason(name: str) -> str:
    """Return why state is not put elsewhere, for the names that accelerate has for that."""
    return next((why for part, why in _REASONS.items() if name.startswith(f"{part}_")), "")


def _asks_nothing(value: object) -> bool:
    return value in (None, False, "", _AUTO, "none", "no") or value in ([], {})


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
