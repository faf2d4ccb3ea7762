"""A folder for the Hugging Face Hub, with a card that says what is known and what is not."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.events.parts import MixedIn
from core.release.dressing import vllm
from core.release.dressing.artefact import Artefact, Dressing
from core.text_safety import clip, visible

CARD = "README.md"
_SHOWN = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the workspace knows of where a model comes from."""

    run: str
    """Id of the training run."""
    settings: Mapping[str, object]
    """What decides what training does, by field of the recipe."""
    best_step: int | None
    """Step whose weights these are; None where the log does not say."""
    best_loss: float | None
    """Validation loss there, in nats per supervised token."""
    data: Mapping[str, Any]
    """What the workspace keeps of the profile of the data set; empty where it keeps nothing."""
    split: Mapping[str, Any]
    """The split as `split --json` printed it; empty where the workspace does not know it."""
    mixed: Sequence[MixedIn]
    """Sets that were mixed into the train rows."""
    holdout_root: str
    """Merkle root of the locked holdout."""
    verdict: Mapping[str, Any] | None
    """The newest verdict on the run as `verdict --json` prints it; None where there is none."""


def dress(artefact: Artefact, story: Story) -> Dressing:
    """Return the card, with the template and the command that vLLM needs."""
    served = vllm.dress(artefact)
    library = "peft" if artefact.adapter else "transformers"
    head = {
        "library_name": library,
        "pipeline_tag": "text-generation",
        "tags": ["tuningfork", *(["lora"] if artefact.adapter else [])],
    }
    if not artefact.base.startswith("/"):
        head["base_model"] = artefact.base
        head["base_model_relation"] = "adapter" if artefact.adapter else "finetune"
    # JSON is YAML, and quotes whatever a name may hold.
    front = "\n".join(f"{name}: {json.dumps(value)}" for name, value in head.items())
    body = "\n".join(_lines(artefact, story))
    return Dressing(
        files={**served.files, CARD: f"---\n{front}\n---\n{body}\n"},
        serve=served.serve,
        notes=("The card names no licence: add the one that base model and data allow.",),
    )


def _lines(artefact: Artefact, story: Story) -> Iterator[str]:
    """Yield the card in Markdown."""
    yield f"# {artefact.name}"
    yield ""
    what = "An adapter (PEFT) for" if artefact.adapter else "A fine-tune of"
    commit = f" at `{artefact.revision}`" if artefact.revision else ""
    yield f"{what} `{_text(artefact.base)}`{commit}, trained with tuningfork."
    yield ""
    yield "## Is it better?"
    yield from _verdict(story)
    yield ""
    yield "## Data"
    yield from _data(story)
    yield ""
    yield "## Training"
    yield from _training(story)
    yield ""
    yield "## How it is asked"
    yield f"- Chat template: `chat_template.jinja`, context {artefact.context:,} tokens."
    stop = ", ".join(f"`{_text(one)}`" for one in artefact.stop) or "no token"
    yield f"- An answer ends with {stop}."
    yield "- It was scored with greedy answers: temperature 0, no repetition penalty."
    yield ""
    yield "`manifest.json` holds the hash of every file, the versions, and how near these weights "
    yield "are to those that were trained."


def _verdict(story: Story) -> Iterator[str]:
    verdict = story.verdict
    if verdict is None:
        yield "Nobody scored this run: nothing says that it is better than its base model."
        return
    yield _text(str(verdict.get("sentence", "")))
    compared = verdict.get("comparisons") or []
    if compared:
        yield ""
        yield "| against | difference | 95 % interval | p |"
        yield "|---|---|---|---|"
    for one in compared:
        low, high = one.get("low"), one.get("high")
        yield (
            f"| {_text(str(one.get('against')))} | {_figure(one.get('mean_difference'))} "
            f"| {_figure(low)} to {_figure(high)} | {_figure(one.get('p'))} |"
        )
    basis = verdict.get("basis")
    if basis == "automatic":
        yield ""
        yield "Measured automatically; no person rated the answers."


def _data(story: Story) -> Iterator[str]:
    parts = ("train", "validation", "holdout", "quarantined")
    rows = [f"{part} {_count(story.split[part])}" for part in parts if part in story.split]
    yield f"- Rows: {', '.join(rows) or 'not known'}."
    for one in story.mixed:
        name = _text(Path(one.path).name)
        yield f"- Mixed into the train rows: {one.taken:,} of {one.rows:,} rows of {name} (sha256"
        yield f"  `{one.sha256[:16]}`)."
    yield f"- The holdout was locked before training (root `{story.holdout_root[:16]}`); no row of"
    yield "  it was trained on."
    likest = story.split.get("max_cross_similarity")
    if isinstance(likest, int | float):
        yield f"- Similarity of a holdout row to any other: {likest:.2f} at most."
    if story.data:
        verdict, valid = _text(str(story.data.get("verdict"))), _count(story.data.get("valid_rows"))
        yield f"- The checks of the source said: {verdict}; {valid} rows could be read."
    else:
        yield "- No report of the checks is kept in the workspace."


def _training(story: Story) -> Iterator[str]:
    if story.best_step is not None:
        loss = f", validation loss {story.best_loss:.4f}" if story.best_loss is not None else ""
        yield f"- Weights of step {story.best_step:,}{loss} (run `{story.run}`)."
    for name, value in story.settings.items():
        yield f"- `{name}`: {_text(str(value))}"


def _text(text: str) -> str:
    """Return words that cannot change the page around them."""
    shown = visible(clip(text, _SHOWN))
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in shown)


def _figure(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, int | float) else "not known"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "?"
