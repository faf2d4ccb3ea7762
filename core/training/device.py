"""Where a training computes: the recipe's word, made a device that torch has."""

from collections.abc import MutableMapping

import torch

from core.errors import MachineError

_DOCTOR = "`tuningfork doctor` says what is there."


def torch_device(name: str) -> torch.device:
    """Return the device that a recipe's word stands for; MachineError when torch has none such."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return torch.device(name)
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise _missing(name, "This machine shows no Apple GPU to torch.")
        return torch.device(name)
    number, count = int(name.partition(":")[2] or 0), torch.cuda.device_count()
    if number >= count:
        raise _missing(name, f"This machine shows {count} GPUs to torch.")
    return torch.device("cuda", number)


def alone(device: torch.device, environment: MutableMapping[str, str]) -> torch.device:
    """Return the device under the number it has once this process sees no other GPU.

    transformers trains on the first GPU that it sees, and shares each batch among all of them.
    Must come before anything has been put on a GPU.
    """
    if device.type != "cuda":
        return device
    visible = environment.get("CUDA_VISIBLE_DEVICES", "")
    named = visible.split(",") if visible else [str(n) for n in range(device.index + 1)]
    environment["CUDA_VISIBLE_DEVICES"] = named[device.index].strip()
    return torch.device("cuda", 0)


def device_words(device: torch.device, *, half: bool) -> str:
    """Return where and how it computes, for the log."""
    gpu = f" ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else ""
    return f"Computes on {device}{gpu} in {'bfloat16' if half else 'float32'}."


def _missing(name: str, why: str) -> MachineError:
    return MachineError(
        what=f"There is no device {name}.", why=why, remedy=f'Use device = "cpu"; {_DOCTOR}'
    )
