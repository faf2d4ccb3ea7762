"""What Together is asked and what it answers, in our terms; nothing here asks anybody."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.hosted.consignment import Part
from core.hosted.job_values import HostedCheckpoint, Item, JobRef
from core.hosted.read_figures import number, seconds_of, text
from core.hosted.spec import HostedSpec, PartName

MODEL_NAMES = ("model_output_name", "output_name", "model_object_name")
"""The fields that may hold what the tuned model is called."""
_LORA = {"lora_r", "lora_alpha", "lora_dropout"}
_FIGURES = {
    "train/loss": "loss",
    "loss": "loss",
    "learning_rate": "lr",
    "train/learning_rate": "lr",
    "grad_norm": "grad_norm",
    "train/grad_norm": "grad_norm",
    "epoch": "epoch",
    "train/epoch": "epoch",
    "eval/loss": "full_eval_loss",
    "eval_loss": "full_eval_loss",
}
"""Their names of figures, by ours; what else they measure is left out."""
_STEPS = ("global_step", "step", "train/global_step")
_LEVELS: Mapping[str, Any] = {"warning": "warning", "error": "critical"}


def asked_training(spec: HostedSpec, files: Mapping[PartName, str]) -> dict[str, Any]:
    """Return a training as the service is asked for it, without what only a start needs."""
    settings = dict(spec.hyperparameters)
    lora = {name: settings.pop(name) for name in sorted(_LORA & settings.keys())}
    beta = settings.pop("dpo_beta", None)
    method: dict[str, Any] = {"method": "dpo" if spec.method == "dpo" else "sft"}
    if spec.method == "dpo" and beta is not None:
        method["dpo_beta"] = beta
    if spec.method != "dpo":
        method["train_on_inputs"] = "auto"
    body = {
        "model": spec.model,
        "training_file": files["train"],
        "training_method": method,
        "training_type": {"type": "Lora", "lora_trainable_modules": "all-linear", **lora},
        **settings,
    }
    return body | ({"validation_file": files["validation"]} if "validation" in files else {})


def ref_of(said: Mapping[str, Any]) -> JobRef | None:
    """Return the job of a reply; None where it names none."""
    id = text(said.get("id"))
    return JobRef(id=id, created_at=seconds_of(said.get("created_at"))) if id else None


def same_file(said: Mapping[str, Any], part: Part) -> bool:
    """Return whether a file is this part: the name says its hash."""
    return said.get("filename") == part.upload_name and said.get("bytes") in {None, part.bytes}


def whole(value: object) -> int | None:
    """Return a figure without its fraction; None where there is none."""
    found = number(value)
    return None if found is None else int(found)


def items_of_events(events: Sequence[object], covered: Callable[..., str]) -> list[Item]:
    """Return what happened to a job; `covered` makes its words safe to keep."""
    found = []
    for place, one in enumerate(events):
        if not isinstance(one, dict):
            continue
        name, at = text(one.get("type")), seconds_of(one.get("created_at"))
        saved = name == "checkpoint_save" and number(one.get("step")) is not None
        path = text(one.get("checkpoint_path")) or text(one.get("model_path"))
        found.append(
            Item(
                id=f"{one.get('created_at')}:{name}:{one.get('step', place)}",
                at=at,
                kind="checkpoint" if saved and path else "message",
                level=_LEVELS.get(text(one.get("level")), "info"),
                text=covered(one.get("message"), 2000),
                name=name,
                step=int(number(one.get("step")) or 0) if saved else None,
                model=covered(path),
            )
        )
    return found


def items_of_metrics(rows: object) -> list[Item]:
    """Return the points of a job's curves."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        step = next((number(row.get(name)) for name in _STEPS if name in row), None)
        figures = {
            ours: value
            for theirs, ours in _FIGURES.items()
            if (value := number(row.get(theirs))) is not None
        }
        if step is not None and figures:
            kind = "eval" if "loss" not in figures else "train"
            found.append(
                Item(
                    id=f"metrics:{int(step)}:{kind}",
                    at=number(row.get("timestamp")),
                    kind="metrics",
                    step=int(step),
                    figures=figures,
                )
            )
    return found


def checkpoints_of(rows: object) -> list[HostedCheckpoint]:
    """Return the models from before the end, oldest first."""
    found = []
    for one in rows if isinstance(rows, list) else ():
        step = number(one.get("step")) if isinstance(one, dict) else None
        name = text(one.get("object_name")) or text(one.get("path")) if step is not None else ""
        if step is not None and name:
            at = seconds_of(one.get("created_at"))
            found.append(HostedCheckpoint(id=name, step=int(step), model=name, at=at))
    return sorted(found, key=lambda one: one.step)
