"""Weights that no process holds whole: each has a share, and a layer is put together for its turn.

Every pass is made by all processes at once, so whoever has nothing to compute keeps step.
"""

from typing import Any

import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

from core.training.tail import decoder_layers


def shard(model: Any, device: torch.device) -> None:
    """Leave this process its share of a model's weights, on the device; gradients are summed."""
    mesh = init_device_mesh(device.type, (distributed.get_world_size(),))
    for part in (*decoder_layers(model), model):
        fully_shard(part, mesh=mesh)
        # The loss is divided by the tokens of the whole update, so what is added up is the mean.
        part.set_gradient_divide_factor(1.0)
        part.set_force_sum_reduction_for_comms(True)
    register_fsdp_forward_method(model, "generate")


def is_sharded(model: Any) -> bool:
    """Return whether the model's passes are made by all processes at once."""
    return isinstance(model, FSDPModule)


def share_of(tensor: torch.Tensor) -> torch.Tensor:
    """Return what this process holds of a tensor: all of it where nothing is shared."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole_weights(model: Any, *, keep: bool) -> dict[str, torch.Tensor]:
    """Return the weights that move, put together in main memory; to be called by all processes.

    Without `keep` this process only takes part, and the result is empty. Tied weights stay one.
    """
    made: dict[int, torch.Tensor] = {}
    kept: dict[str, torch.Tensor] = {}
    for name, one in model.state_dict(keep_vars=True).items():
        if isinstance(one, torch.nn.Parameter) and not one.requires_grad:
            continue
        if id(one) not in made:
            made[id(one)] = _whole(one.detach(), keep=keep)
        if keep:
            kept[name] = made[id(one)]
    return kept


def whole_state(optimizer: Any, *, keep: bool) -> dict[str, Any]:
    """Return an optimiser's state as one process alone would have it; called by all processes."""
    found: dict[str, Any] = optimizer.state_dict()
    state = {
        place: {name: _whole(value, keep=keep) for name, value in values.items()}
        for place, values in found["state"].items()
    }
    return {**found, "state": state} if keep else {}


def _whole(value: Any, *, keep: bool) -> Any:
    if not isinstance(value, DTensor):
        return value
    found = value.full_tensor()
    return found.cpu() if keep else found.new_empty(0)


def load_state(optimizer: Any, state: dict[str, Any]) -> None:
    """Give an optimiser this process's share of a state that was put together."""
    places = [one for group in optimizer.param_groups for one in group["params"]]
    shares = {
        place: {name: _share(value, places[place]) for name, value in values.items()}
        for place, values in state["state"].items()
    }
    optimizer.load_state_dict({**state, "state": shares})


def _share(value: Any, like: torch.Tensor) -> Any:
    if not isinstance(like, DTensor) or value.shape != like.shape:
        return value
    mesh, placements = like.device_mesh, like.placements
    return distribute_tensor(value.to(like.device), mesh, placements, src_data_rank=None)
