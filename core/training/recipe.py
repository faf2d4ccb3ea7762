"""Everything that defines a training, in one file: `recipe.toml`."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, get_origin

from pydantic import BaseModel, Field, model_validator

from core.errors import RecipeError
from core.spec_file import Spec, allowed_values, build, model_inside, read_values
from core.text_safety import clip, visible
from core.training.elsewhere import ELSEWHERE
from core.training.mix import Mix, taken_from
from core.training.over_length import OverLength
from core.training.report import SinkName
from core.training.templates import PLAIN

JobKind = Literal["train", "rehearsal"]


class ModelSpec(Spec):
    """What is tuned."""

    base: str = "embedded"
    """A folder with a model, `embedded` for the small one that is included, or a Hub id."""
    revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
    """Commit hash of a Hub model; a name that may move (`main`) is refused. Unset for a folder."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of the arithmetic; `auto` is bfloat16 on a GPU that has it, else float32."""
    stop: tuple[str, ...] = ()
    """Further tokens that end an answer, where the model's own list leaves out the template's."""
    template: str | None = None
    """Chat template: unset for the tokenizer's own, `plain` for a built-in one, or a Jinja file."""


class DataSpec(Spec):
    """What it is tuned on."""

    split: str
    """Name of a split in the workspace; no field can name the holdout."""
    max_tokens: int | None = Field(default=None, ge=8)
    """Longest row in tokens; unset for the model's own limit."""
    over_length: OverLength = "refuse"
    """Longer rows: `refuse` the launch, `drop` them, `cut_history` (oldest turns) or `cut_end`."""
    drop_rows: tuple[int, ...] = ()
    """Train rows, by number, that are left out whatever they hold."""
    drop_validation_rows: tuple[int, ...] = ()
    """Validation rows, by number, that are left out whatever they hold."""
    mix: Mix = ()
    """Further sets to train on, as `FILE` or `FILE=SHARE` of all train rows, 0 to 1."""
    holdout_override: str | None = Field(default=None, min_length=10, max_length=300)
    """Why rows that touch the holdout are trained on all the same; such a run is never scored."""


class MethodSpec(Spec):
    """Which weights move."""

    kind: Literal["lora", "qlora", "full"] = "lora"
    """`lora` trains a small adapter, `qlora` the same over weights of four bits, `full` all."""


class LoraSpec(Spec):
    """The adapter."""

    rank: int = Field(default=16, ge=1, le=1024)
    """Rank of each update; 8 to 64 is usual, 16 the default. 0 would have nothing to train."""
    scale: float = Field(default=2.0, gt=0, allow_inf_nan=False)
    """Factor on the update (alpha = scale x rank), so that changing the rank keeps the strength."""
    rs: bool = False
    """Rank-stabilised: alpha = scale x sqrt(rank), so the factor on the update stays `scale`."""
    dora: bool = False
    """Learn the length of each weight row apart from its direction; slower, at times better."""
    dropout: float = Field(default=0.05, ge=0, lt=1)
    """Share of adapter inputs dropped while training; 0.05 helps under a thousand rows."""
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Names of the layers that get an adapter; `all-linear` is every linear layer but the head."""


class OptimSpec(Spec):
    """How the weights move."""

    lr: float = Field(default=2e-4, gt=0, le=1, allow_inf_nan=False)
    """Peak learning rate; 2e-4 is a starting point for LoRA, small models bear more."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """How the learning rate falls after its peak."""
    warmup_share: float = Field(default=0.05, ge=0, lt=1)
    """Share of all steps over which the learning rate rises to its peak."""
    clip: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """Largest norm of a gradient; longer ones are shortened."""
    weight_decay: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Pull towards zero; 0 is usual for adapters."""


class BatchSpec(Spec):
    """How rows are grouped."""

    update_rows: int = Field(default=16, ge=1)
    """Rows in one optimiser step."""
    tokens: int = Field(default=4096, ge=8)
    """Padded tokens computed at once; lower it when memory is short, results stay the same."""
    packing: Literal["auto", "on", "off"] = "auto"
    """Lay rows end to end: `auto` where it saves work and provably changes nothing."""


class EvaluateSpec(Spec):
    """How the best checkpoint is found."""

    every: int | None = Field(default=None, ge=0)
    """Steps between looks at the validation rows; 0 for once an epoch, unset to be chosen."""
    patience: int = Field(default=3, ge=1)
    """Looks without improvement before training ends early."""
    min_delta: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """How much lower a validation loss must be to count as better."""
    samples: int = Field(default=2, ge=0, le=32)
    """Validation prompts answered at every look, always the same."""
    sample_tokens: int = Field(default=96, ge=1, le=2048)
    """Longest sample."""


class CheckpointSpec(Spec):
    """What survives a crash."""

    every: int | None = Field(default=None, ge=1)
    """Steps between checkpoints; unset for one at every look at the validation rows."""
    keep: int = Field(default=2, ge=1)
    """Newest checkpoints kept beside the best."""


class RuntimeSpec(Spec):
    """How the machine is used; none of it changes what is learnt."""

    loss: Literal["auto", "selected", "fused", "model"] = "auto"
    """How the loss is computed; `auto` takes the leanest way that equals the model's own."""
    checkpointing: Literal["auto", "on", "off"] = "auto"
    """Compute activations twice to keep fewer; `auto` only when memory would not suffice."""
    preflight: bool = True
    """Try the heaviest batches before step 1, to know memory and time."""
    hour_price: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """What an hour of this machine costs, for the estimate; unset for no estimate of money."""
    processes: int = Field(default=1, ge=1, le=64)
    """Processes that share each update, one a GPU from cuda:0 on; the result is that of one."""
    shard: bool = False
    """Share the weights too, for models no GPU holds; proven on processors, not for `qlora`."""
    nodes: int = Field(default=1, ge=1, le=64)
    """Machines with as many processes each, over one shared workspace; the worker is node 0."""
    rendezvous: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.\-]+:[0-9]{1,5}$")
    """Where the processes of several nodes meet: a name of node 0 and a free port, `host:port`."""

    accelerate: str | None = None
    """An `accelerate` config file: what it says of processes, machines, precision and shared
    weights holds where the recipe is silent; what cannot be done as it says is refused."""

    @model_validator(mode="after")
    def _nodes_meet_somewhere(self) -> Self:
        if self.nodes > 1 and self.rendezvous is None:
            raise ValueError("several nodes need runtime.rendezvous, as in node0:29500")
        return self

    @property
    def ranks(self) -> int:
        """Return the processes of all nodes."""
        return self.processes * self.nodes


class ReportSpec(Spec):
    """Where the curves go besides our own log."""

    to: tuple[SinkName, ...] = ()
    """`tensorboard` (files in the run's folder), `wandb`, `mlflow`, `trackio`; local or offline
    unless their own variables (WANDB_MODE, MLFLOW_TRACKING_URI, TRACKIO_SPACE_ID) say otherwise."""


class RehearsalSpec(Spec):
    """A scripted run with the events of a real one, for trying screens and alarms."""

    steps: int = Field(default=200, ge=1)
    """Steps of the script."""
    rate: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    """Steps a second."""
    eval_every: int = Field(default=20, ge=1)
    """Steps between scripted evaluations."""
    checkpoint_every: int = Field(default=50, ge=1)
    """Steps between scripted checkpoints."""
    fail_at: int | None = Field(default=None, ge=1)
    """Step at which the script fails; unset for never."""
    nan_at: int | None = Field(default=None, ge=1)
    """Step whose loss is not a number; unset for none."""


class Recipe(Spec):
    """One training, complete."""

    name: str = Field(min_length=1, max_length=60)
    """What the run is called."""
    seed: int = Field(default=17, ge=0, lt=2**32)
    """Everything random follows from it: first weights, order of rows, dropout."""
    trainer: Literal["local", "rehearsal"] = "local"
    """`local` trains on this machine; `rehearsal` plays a script and trains nothing."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """Where it runs: `auto` (a CUDA GPU where there is one, else cpu), cpu, cuda:0, cuda:1, mps."""
    epochs: int = Field(default=3, ge=1)
    """Passes over the train rows at most; early stopping usually ends sooner."""
    model: ModelSpec = ModelSpec()
    """What is tuned."""
    data: DataSpec | None = None
    """What it is tuned on; a rehearsal needs none."""
    method: MethodSpec = MethodSpec()
    """Which weights move."""
    lora: LoraSpec = LoraSpec()
    """The adapter."""
    optim: OptimSpec = OptimSpec()
    """How the weights move."""
    batch: BatchSpec = BatchSpec()
    """How rows are grouped."""
    evaluate: EvaluateSpec = EvaluateSpec()
    """How the best checkpoint is found."""
    checkpoint: CheckpointSpec = CheckpointSpec()
    """What survives a crash."""
    runtime: RuntimeSpec = RuntimeSpec()
    """How the machine is used."""
    report: ReportSpec = ReportSpec()
    """Where the curves go besides our own log."""
    rehearsal: RehearsalSpec = RehearsalSpec()
    """The script, when `trainer` is `rehearsal`."""

    @model_validator(mode="after")
    def _shares_are_of_plain_weights(self) -> Self:
        if self.runtime.shard and self.method.kind == "qlora":
            raise ValueError("runtime.shard needs method.kind lora or full")
        return self


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Return the recipe in a TOML or YAML file; `overrides` are "a.b=value" and win over it."""
    values = read_values(path, error=RecipeError)
    return make_recipe(values, overrides, where=str(path), folder=path.absolute().parent)


def make_recipe(
    values: dict[str, Any], overrides: Sequence[str] = (), *, where: str, folder: Path | None = None
) -> Recipe:
    """Return the recipe of these values; a relative model folder is taken from `folder`."""
    for override in overrides:
        values = _overridden(values, override)
    recipe = build(Recipe, values, where=where, error=RecipeError, elsewhere=ELSEWHERE)
    if recipe.trainer == "local" and recipe.data is None:
        raise RecipeError(
            what=f"{visible(where)}: data.split is missing.",
            why="A local training needs the rows of a split.",
            remedy='Add [data] with split = "NAME"; `tuningfork split FILE` makes one.',
        )
    return recipe if folder is None else _absolute(recipe, folder)


def _absolute(recipe: Recipe, folder: Path) -> Recipe:
    """Return the recipe with the paths in it taken from a folder."""
    model, changes = recipe.model, dict[str, str]()
    if recipe.runtime.accelerate is not None:
        named = str((folder / Path(recipe.runtime.accelerate).expanduser()).resolve())
        runtime = recipe.runtime.model_copy(update={"accelerate": named})
        recipe = recipe.model_copy(update={"runtime": runtime})
    if recipe.data is not None and recipe.data.mix:
        data = recipe.data.model_copy(update={"mix": taken_from(recipe.data.mix, folder)})
        recipe = recipe.model_copy(update={"data": data})
    if model.base.startswith((".", "~")):
        changes["base"] = str((folder / Path(model.base).expanduser()).resolve())
    if model.template not in {None, PLAIN}:
        changes["template"] = str((folder / Path(str(model.template)).expanduser()).resolve())
    if not changes:
        return recipe
    return recipe.model_copy(update={"model": model.model_copy(update=changes)})


def _overridden(values: dict[str, Any], override: str) -> dict[str, Any]:
    """Return the values with one "a.b=value" put in."""
    name, equals, text = override.partition("=")
    keys = name.strip().split(".")
    if not equals or not all(keys):
        raise RecipeError(
            what=f"--set {visible(clip(override, 80))} cannot be read.",
            why="It needs a field, an equals sign and a value.",
            remedy="Write it as --set lora.rank=8.",
        )
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    result = dict(values)
    at = result
    for key in keys[:-1]:
        inner = at.get(key, {})
        at[key] = dict(inner) if isinstance(inner, dict) else {}
        at = at[key]
    at[keys[-1]] = value
    return result


def flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return nested values under dotted names."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += flat(value, f"{before}{name}.")
        else:
            found.append((f"{before}{name}", value))
    return found


class FieldNote(NamedTuple):
    """What there is to know of one field."""

    name: str
    """Dotted, as `--set` takes it."""
    allowed: str
    """What it may hold."""
    default: str
    """What it is when the recipe leaves it out; empty when it must be there."""
    meaning: str
    """The sentence under the field."""


def field_notes() -> Iterator[FieldNote]:
    """Yield every field of a recipe in its order."""
    yield from _notes(Recipe, "")


def _notes(model: type[BaseModel], before: str) -> Iterator[FieldNote]:
    for name, field in model.model_fields.items():
        inner = model_inside(field.annotation)
        if inner is not None and get_origin(field.annotation) is not tuple:
            yield from _notes(inner, f"{before}{name}.")
            continue
        default = "" if field.is_required() else toml_value(field.default)
        yield FieldNote(
            f"{before}{name}",
            allowed_values(field),
            "unset" if default == "null" else default,
            (field.description or "").replace("\n", " "),
        )


def job_of(recipe: Recipe) -> tuple[JobKind, dict[str, Any]]:
    """Return the kind and the spec of the job that carries out a recipe."""
    if recipe.trainer == "local":
        return "train", {"recipe": recipe.model_dump(mode="json")}
    script = recipe.rehearsal
    spec: dict[str, Any] = {
        "seed": recipe.seed,
        "steps": script.steps,
        "rate": script.rate,
        "eval_every": script.eval_every,
        "checkpoint_every": script.checkpoint_every,
    }
    optional = {"fail_at": script.fail_at, "nan_at": script.nan_at}
    return "rehearsal", spec | {name: at for name, at in optional.items() if at is not None}


def recipe_toml(recipe: Recipe) -> str:
    """Return the resolved recipe as TOML, each field under its sentence."""
    lines: list[str] = []
    _write(recipe, "", lines)
    return "\n".join(lines).strip() + "\n"


def _write(spec: Spec, table: str, lines: list[str]) -> None:
    """Append one table and those inside it."""
    inner: list[tuple[str, Spec]] = []
    lines.extend(["", f"[{table}]"] if table else [])
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        if isinstance(value, Spec):
            inner.append((name, value))
        elif value is not None:
            sentence = (field.description or "").replace("\n", " ")
            lines.extend([f"# {sentence}", f"{name} = {toml_value(value)}"])
    for name, nested in inner:
        _write(nested, f"{table}.{name}" if table else name, lines)


def toml_value(value: object) -> str:
    """Return one value as TOML; JSON's way of writing plain ones is TOML's too."""
    if isinstance(value, Spec):
        value = value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        fields = (f"{name} = {toml_value(one)}" for name, one in value.items() if one is not None)
        return f"{{{', '.join(fields)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
