"""Takes up what a config file of `accelerate` says, as far as a recipe can say it.

Processes, machines, precision and shared weights become fields of the recipe. How weights are
shared is torch's FSDP2 whatever the file calls it, also for a ZeRO stage of DeepSpeed, which is
not used; fields of pure technique have no bearing on what is learnt. All else is refused by name.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from core.errors import RecipeError
from core.spec_file import read_values
from core.storage import storage_error
from core.text_safety import clip, visible
from core.training.defaults import Default
from core.training.zero_config import zero_settings

_SHOWN: Final = 60
_MATTER_NOT: Final = frozenset(
    {
        *("compute_environment", "distributed_type", "num_processes", "num_machines"),
        *("main_process_ip", "main_process_port", "mixed_precision", "use_cpu"),
        *("fsdp_config", "deepspeed_config"),
        *("same_network", "main_training_function", "debug"),
    }
)
"""What is taken up below, and what changes nothing here."""
_FINE: Final[Mapping[str, tuple[object, ...]]] = {
    "gpu_ids": ("all",),
    "rdzv_backend": ("static", "c10d"),
    "machine_rank": (0,),
}
"""Values that ask for what is done anyhow."""
_REASONS: Final = {
    "gpu_ids": "processes take the GPUs from cuda:0 on; CUDA_VISIBLE_DEVICES chooses them",
    "machine_rank": "the worker is node 0; `python -P -m core.training.node` begins another",
    "mixed_precision": "arithmetic is float32 or bfloat16",
    "dynamo_config": "nothing is compiled",
    "dynamo_backend": "nothing is compiled",
    "fsdp_offload_params": "weights stay on their device",
    "fsdp_activation_checkpointing_offload": "activations stay on their device",
}
_FSDP_WAYS: Final = frozenset(
    {
        *("fsdp_version", "fsdp_auto_wrap_policy", "fsdp_transformer_layer_cls_to_wrap"),
        *("fsdp_min_num_params", "fsdp_backward_prefetch", "fsdp_forward_prefetch"),
        *("fsdp_use_orig_params", "fsdp_cpu_ram_efficient_loading"),
        *("fsdp_sync_module_states", "fsdp_state_dict_type"),
    }
)
"""How sharing is done; results are the same."""
_STRATEGY: Final = ("fsdp_sharding_strategy", "fsdp_reshard_after_forward")
_WHOLE: Final = {"NO_SHARD", "3"}
_SHARED: Final = {"FULL_SHARD", "SHARD_GRAD_OP", "1", "2", "TRUE", "FALSE"}


class Sorting:
    """The fields of one file, as they are taken up or refused."""

    def __init__(self, name: str) -> None:
        self.name = name
        """The file's, not yet safe to show."""
        self.values: dict[str, Default] = {}
        """By the field of the recipe they are for."""
        self._refused: list[tuple[str, str]] = []

    def take(self, field: str, value: int | float | str, said: str) -> None:
        """Choose a value for a field of the recipe; `said` is what the file says."""
        reason = f"{visible(clip(self.name, _SHOWN))} says {visible(clip(said, 2 * _SHOWN))}"
        self.values[field] = Default(field, value, reason)

    def refuse(self, field: str, value: object, why: str = "") -> None:
        """Note a field that cannot be honoured."""
        shown = visible(clip(f"{field} = {json.dumps(value, default=str)}", _SHOWN))
        self._refused.append((shown, why or _REASONS.get(field.rpartition(".")[2], "")))

    def refuse_rest(
        self, values: Mapping[str, Any], known: frozenset[str], before: str = ""
    ) -> None:
        """Refuse every field that asks for something and that nothing here takes up."""
        for name, value in values.items():
            if name not in known and not is_off(value) and value not in _FINE.get(name, ()):
                self.refuse(f"{before}{name}", value)

    def whole(self, values: Mapping[str, Any], field: str) -> int:
        """Return a number from 1 on; 1 where it is left out."""
        value = values.get(field, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.refuse(field, value, "it is a whole number from 1 on")
            return 1
        return value

    def result(self) -> tuple[Default, ...]:
        """Return what was taken up; RecipeError naming every field that cannot be."""
        if not self._refused:
            return tuple(self.values.values())
        reasons = "; ".join(dict.fromkeys(why for _, why in self._refused if why))
        why = reasons or "a run that left it out would not be the one meant"
        raise RecipeError(
            what=f"{visible(clip(self.name, _SHOWN))} asks for what is not done here: "
            f"{'; '.join(shown for shown, _ in self._refused)}.",
            why=f"{why[0].upper()}{why[1:]}.",
            remedy="Take these lines out of it, or set runtime fields in the recipe instead.",
        )


def is_off(value: object) -> bool:
    """Return whether a value asks for nothing."""
    if isinstance(value, Mapping):
        return all(map(is_off, value.values()))
    return value in (None, False, "", []) or str(value).lower() in {"no", "none", "false"}


def accelerate_choices(path: Path, device: str) -> tuple[Default, ...]:
    """Return what a config file chooses for a run on a device; RecipeError for what it cannot."""
    values = read_settings(path)
    found = Sorting(path.name)
    found.refuse_rest(values, _MATTER_NOT)
    if values.get("compute_environment", "LOCAL_MACHINE") != "LOCAL_MACHINE":
        found.refuse("compute_environment", values["compute_environment"], "runs are local")
    _take_processes(found, values)
    _take_precision(found, values, device)
    kind = str(values.get("distributed_type", "NO"))
    taking = _KINDS.get(kind)
    if taking is None:
        found.refuse("distributed_type", kind, f"known are {', '.join(_KINDS)}")
    else:
        taking(found, values, path.parent)
    return found.result()


def read_settings(path: Path) -> dict[str, Any]:
    """Return the values of a YAML or JSON file."""
    if path.suffix.lower() in {".yaml", ".yml"}:
        return read_values(path, error=RecipeError)
    shown = visible(str(path))
    try:
        values = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as broken:
        raise RecipeError(
            what=f"{shown} cannot be read.",
            why=f"It is not valid JSON: {visible(clip(str(broken), 2 * _SHOWN))}.",
            remedy="Mend that line, or end the name in .yaml if it is YAML.",
        ) from broken
    except FileNotFoundError as missing:
        raise RecipeError(
            what=f"There is no file {shown}.",
            why="The path leads nowhere.",
            remedy="Check the spelling; a path in a file is taken from that file's folder.",
        ) from missing
    except OSError as refused:
        raise storage_error(refused, path, doing="read the file") from refused
    if not isinstance(values, dict):
        raise RecipeError(
            what=f"{shown} holds no fields.",
            why="Its content is no JSON object.",
            remedy="Write one object with a name for each value.",
        )
    return values


def _take_processes(found: Sorting, values: Mapping[str, Any]) -> None:
    every, nodes = found.whole(values, "num_processes"), found.whole(values, "num_machines")
    if every % nodes:
        found.refuse("num_processes", every, "it counts all machines, which have as many each")
        return
    found.take("runtime.processes", every // nodes, f"num_processes: {every}")
    if nodes == 1:
        return
    found.take("runtime.nodes", nodes, f"num_machines: {nodes}")
    host, port = values.get("main_process_ip"), values.get("main_process_port")
    if host is None or port is None:
        found.refuse("num_machines", nodes, "several need main_process_ip and main_process_port")
    else:
        found.take("runtime.rendezvous", f"{host}:{port}", f"main_process_ip: {host}")


def _take_precision(found: Sorting, values: Mapping[str, Any], device: str) -> None:
    said = values.get("mixed_precision")
    dtype = {"no": "float32", "False": "float32", "bf16": "bfloat16"}.get(str(said))
    if dtype is not None:
        found.take("model.dtype", dtype, f"mixed_precision: {said}")
    elif said is not None:
        found.refuse("mixed_precision", said)
    on_cpu = values.get("use_cpu") or values.get("distributed_type") == "MULTI_CPU"
    if on_cpu and device != "cpu":
        found.refuse("use_cpu", value=True, why='the recipe says that, by device = "cpu"')


def _take_nothing(_found: Sorting, _values: Mapping[str, Any], _folder: Path) -> None:
    """Take nothing up besides what holds for all kinds."""


def _take_fsdp(found: Sorting, values: Mapping[str, Any], _folder: Path) -> None:
    inner = values.get("fsdp_config") or {}
    taken = {*_STRATEGY, "fsdp_activation_checkpointing"}
    found.refuse_rest(inner, _FSDP_WAYS | taken, "fsdp_config.")
    shared = True
    for name in _STRATEGY:
        said = str(inner.get(name, True)).upper()
        shared = shared and said not in _WHOLE
        if said not in _WHOLE | _SHARED:
            found.refuse(f"fsdp_config.{name}", inner[name], "weights are shared by all or by none")
    own = ", ".join(name for name in inner if name in _FSDP_WAYS)
    said = f"distributed_type: FSDP; by FSDP2, in our way for {own or 'all else'}"
    found.take("runtime.shard", shared, said)
    if not is_off(inner.get("fsdp_activation_checkpointing")):
        found.take("runtime.checkpointing", "on", "fsdp_activation_checkpointing: true")


def _take_zero(found: Sorting, values: Mapping[str, Any], folder: Path) -> None:
    inner = values.get("deepspeed_config") or {}
    named = inner.get("deepspeed_config_file")
    more = read_settings(folder / Path(str(named)).expanduser()) if named else {}
    settings = zero_settings(inner, more)
    for field, value, why in settings.refused:
        found.refuse(field, value, why)
    for field, chosen, said in settings.taken:
        found.take(field, chosen, said)


_KINDS: Final[Mapping[str, Callable[[Sorting, Mapping[str, Any], Path], None]]] = {
    "NO": _take_nothing,
    "MULTI_GPU": _take_nothing,
    "MULTI_CPU": _take_nothing,
    "FSDP": _take_fsdp,
    "DEEPSPEED": _take_zero,
}
