"""How to tune, once tuning is the advice: where, by which method, and from which base model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from core.catalog.tuning_offers import Service, TunableModel
from core.decide.answers import Answers
from core.machine import Machine
from core.sizes import human_bytes
from core.training.memory import Load, Shape, fits, predict
from core.training.model_shape import ModelShape, shape_of

Method = Literal["full", "lora", "qlora", "hosted"]
FULL_FROM_EXAMPLES = 10_000
"""Fewer examples seldom repay moving every weight; an adapter does as well."""
_RANK = 16
_TOKENS = 2048
"""One long row at a time, its activations computed twice: the leanest usual training."""
_CACHED_TOKENS = 8 * 4096
"""Eight answers at once, each with a page of prompt."""


class Room(NamedTuple):
    """Where a training would lie."""

    gpu: bool
    free: int
    """Bytes."""
    words: str
    """The device and its memory, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFit:
    """What one base model takes here."""

    name: str
    license: str
    context: int | None
    """Tokens it reads at most."""
    parameters: int
    needs: tuple[tuple[Method, int], ...]
    """Bytes to tune it, by method."""
    to_serve: int
    """Bytes to answer with it."""
    method: Method | None
    """The best method that fits here; None where none does."""
    serves: bool
    """Whether it can answer here."""

    @property
    def words(self) -> str:
        """Return it in one line."""
        return fit_words(self.as_json())

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "name": self.name,
            "license": self.license,
            "context": self.context,
            "parameters": self.parameters,
            "tune_bytes": dict(self.needs),
            "serve_bytes": self.to_serve,
            "method": self.method,
            "serves": self.serves,
        }


def fit_lines(models: object) -> Iterator[str]:
    """Yield what each recorded base model takes; one of another shape is left out."""
    for stored in models if isinstance(models, list | tuple) else ():
        try:
            yield fit_words(stored)
        except (KeyError, TypeError, AttributeError, ValueError):
            continue


def fit_words(stored: Mapping[str, Any]) -> str:
    """Return what one base model takes, in one line, from what `as_json` wrote."""
    fitting = f"{stored['method']} fits" if stored.get("method") else "nothing fits here"
    needs = ", ".join(f"{name} {human_bytes(need)}" for name, need in stored["tune_bytes"].items())
    served = "" if stored.get("serves") else ", not here"
    return (
        f"{stored['name']} ({stored['parameters'] / 1e9:.1f}B, {stored['license']}, "
        f"{stored['context'] or 0:,} tokens): {fitting}; to tune: {needs}; to serve: "
        f"{human_bytes(stored['serve_bytes'])}{served}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodAdvice:
    """How to tune."""

    method: Method | None
    """None where nothing fits and nothing may be sent away."""
    reasons: tuple[str, ...]
    """Why, the deciding one first."""
    base: str | None
    """The model to begin with; None where no model of the catalogue fits, or a service has it."""
    models: tuple[ModelFit, ...]
    """What each model of the catalogue takes here, smallest first."""
    services: tuple[str, ...]
    """Who tunes for others: whether one can start there, and until when."""
    open_services: tuple[str, ...]
    """Names of those that take new customers today; empty where nothing may be sent away."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `decide --json`."""
        return {
            "method": self.method,
            "reasons": list(self.reasons),
            "base": self.base,
            "models": [one.as_json() for one in self.models],
            "services": list(self.services),
            "open_services": list(self.open_services),
        }


def room_of(machine: Machine) -> Room:
    """Return the roomiest device of a machine: a GPU where there is one, else its memory."""
    if not machine.gpus:
        free = machine.memory_available
        return Room(False, free, f"no GPU here, {human_bytes(free)} of memory free")
    best = max(machine.gpus, key=lambda gpu: gpu.memory_total - gpu.memory_used)
    free = best.memory_total - best.memory_used
    return Room(True, free, f"{best.name} with {human_bytes(free)} free")


def advise_method(
    answers: Answers,
    room: Room,
    *,
    models: Sequence[TunableModel],
    services: Sequence[Service],
    today: date,
) -> MethodAdvice:
    """Return how to tune on this machine, or with a service, for these answers."""
    fitted = tuple(_fit(model, room, answers.labelled_examples or 0) for model in models)
    here = [one for one in fitted if one.method is not None and one.serves]
    hosted = _hosted(answers, room, bool(here))
    stays = answers.data_may_leave == "no"
    open_now = () if stays else tuple(one.name for one in services if one.open_to_new(today))
    method: Method | None
    if hosted:
        places = ", ".join(open_now) or "none that we know of"
        method, base = "hosted", None
        found = f"Found: {room.words}."
        reasons: tuple[str, ...] = (hosted, f"Services that take new customers: {places}.", found)
    elif here:
        best = here[-1]
        method, base = best.method, best.name
        reasons = (_local(answers), _why(best, room), f"Found: {room.words}.")
    else:
        method, base = None, None
        reasons = (_local(answers), f"No model of the catalogue fits: {room.words}.")
    return MethodAdvice(
        method=method,
        reasons=reasons,
        base=base,
        models=fitted,
        services=() if stays else tuple(one.words(today) for one in services),
        open_services=open_now,
    )


def _hosted(answers: Answers, room: Room, fits_here: bool) -> str:
    """Return why a service should do it; empty where it should be done here."""
    if answers.data_may_leave != "yes":
        return ""
    if answers.operations_skill == "none":
        return "Nobody can run a model server: hosted first, move it home later."
    if not room.gpu and answers.has_gpu != "yes":
        return "There is no GPU: a service tunes a larger model than this machine could."
    if not fits_here:
        return f"No model of the catalogue fits here ({room.words})."
    return ""


def _local(answers: Answers) -> str:
    """Return why it should be done here."""
    if answers.data_may_leave == "no":
        return "Data may not leave: tune and serve on your own machines."
    if answers.data_may_leave == "unknown":
        return "It is not known whether data may leave; until it is, tune here."
    return "Your machine and your team can do it, and the weights stay yours."


def _why(best: ModelFit, room: Room) -> str:
    """Return why this method."""
    if best.method == "full":
        return (
            f"All weights of {best.name} fit and there are {FULL_FROM_EXAMPLES:,} examples or more."
        )
    if best.method == "qlora":
        return f"{best.name} fits in four bits only; its adapter is trained on top."
    return f"An adapter (LoRA) on {best.name}: a fraction of the memory, and easily taken back."


def _fit(model: TunableModel, room: Room, examples: int) -> ModelFit:
    """Return what a model takes in this room."""
    shape = shape_of(dict(model.settings))
    adapter = shape.adapter_parameters(_RANK, "all-linear")
    needs: list[tuple[Method, int]] = [
        ("full", _bytes(shape, shape.parameters, room, four_bit=False)),
        ("lora", _bytes(shape, adapter, room, four_bit=False)),
    ]
    if room.gpu:
        needs.append(("qlora", _bytes(shape, adapter, room, four_bit=True)))
    order = needs if examples >= FULL_FROM_EXAMPLES else needs[1:]
    to_serve = _served(shape, room)
    return ModelFit(
        name=model.name,
        license=model.license,
        context=shape.context,
        parameters=shape.parameters,
        needs=tuple(needs),
        to_serve=to_serve,
        method=next((name for name, need in order if fits(need, room.free)), None),
        serves=fits(to_serve, room.free),
    )


def _bytes(shape: ModelShape, trainable: int, room: Room, *, four_bit: bool) -> int:
    """Return the peak of a training, by the formula of the trainer."""
    measures = Shape(
        parameters=shape.parameters,
        trainable=trainable,
        hidden=shape.hidden,
        feed_forward=shape.feed_forward,
        layers=shape.layers,
        vocabulary=shape.vocabulary,
    )
    load = Load(
        tokens=_TOKENS,
        supervised=_TOKENS // 4,
        path="selected",
        four_bit=four_bit,
        half=room.gpu,
        checkpointing=True,
        resident=0,
    )
    return predict(measures, load)


def _served(shape: ModelShape, room: Room) -> int:
    """Return the bytes of answering: the weights, and what eight answers keep of their prompts."""
    number = 2 if room.gpu else 4
    kept = next(high for name, _, high in shape.linear if name == "k_proj")
    return number * (shape.parameters + 2 * shape.layers * kept * _CACHED_TOKENS)
