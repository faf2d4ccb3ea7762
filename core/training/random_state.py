"""The generators of random numbers that a training draws from."""

import contextlib
import random
from collections.abc import Iterator, Sequence

import torch


def random_state(device: torch.device) -> list[torch.Tensor]:
    """Return the state of the generators that a forward pass draws from."""
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


def put_back(device: torch.device, states: Sequence[torch.Tensor]) -> None:
    """Go back to a state."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)


@contextlib.contextmanager
def undisturbed(device: torch.device) -> Iterator[None]:
    """Give every generator its state back afterwards."""
    state = random.getstate()
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(state)
