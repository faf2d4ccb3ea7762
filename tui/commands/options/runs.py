"""Options of commands about training runs."""

import argparse
from pathlib import Path

from tui.commands.options.shared import add_json, add_screen, add_workspace, positive


def masks_options(parser: argparse.ArgumentParser) -> None:
    """Take what `masks` needs."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="a TOML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="override one field"
    )
    parser.add_argument("--row", type=int, metavar="N", help="also every token of this row")
    parser.add_argument(
        "--validation", action="store_true", help="a validation row, not a train row"
    )
    add_workspace(parser)
    add_json(parser)


def train_options(parser: argparse.ArgumentParser) -> None:
    """Take what `train` needs."""
    parser.add_argument("recipe", nargs="?", type=Path, metavar="RECIPE", help="TOML or YAML")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="override one field"
    )
    parser.add_argument(
        "--mix",
        action="append",
        default=[],
        metavar="FILE[=SHARE]",
        help="train on a further set too: all its rows, or as many as are SHARE (0.25) of all",
    )
    parser.add_argument(
        "--allow-holdout",
        metavar="REASON",
        help="train on rows that touch the holdout all the same; such a run is never scored",
    )
    after = parser.add_mutually_exclusive_group()
    after.add_argument("--detach", action="store_true", help="launch and leave")
    after.add_argument("--dry-run", action="store_true", help="print the resolved recipe and leave")
    after.add_argument("--fields", action="store_true", help="print every field and leave")
    add_workspace(parser)
    add_json(parser)


def run_of_options(parser: argparse.ArgumentParser) -> None:
    """Take which job is meant, the newest when left out."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="an id; without it, the newest")
    add_workspace(parser)
    add_json(parser)


def resume_options(parser: argparse.ArgumentParser) -> None:
    """Take what `resume` needs."""
    parser.add_argument(
        "--send-again",
        action="store_true",
        help="at a service: you looked there, and there is no job of this run",
    )
    run_of_options(parser)


def watch_options(parser: argparse.ArgumentParser) -> None:
    """Take what `watch` needs."""
    parser.add_argument(
        "run",
        nargs="?",
        metavar="RUN|PATH",
        help="an id (without it, the newest job), or a folder or file of another program: "
        "Hugging Face output, LLaMA-Factory log, TensorBoard events, events.jsonl",
    )
    add_workspace(parser)
    add_json(parser)
    add_screen(parser)


def export_options(parser: argparse.ArgumentParser) -> None:
    """Take what `export` needs."""
    places = (
        parser.add_argument("run", metavar="RUN", help="an id; a recipe will do for a trainer"),
        parser.add_argument("destination", type=Path, metavar="DEST", help="a folder to make"),
    )

    class Instead(argparse.Action):
        """Takes the place of both words: optional ones between options confuse argparse."""

        def __call__(
            self, _: object, namespace: object, values: object, option: str | None = None
        ) -> None:
            """Keep the value and ask for nothing else."""
            setattr(namespace, self.dest, values)
            for place in places:
                place.required = False

    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--to",
        choices=[
            *("adapter", "merged", "hub", "ollama", "vllm", "gguf", "openai-data"),
            *("trl", "axolotl", "llama-factory", "unsloth"),
        ],
        help="the result of a run alone, for the Hub or for a server; the rows for a hosted "
        "service; or recipe and rows for another trainer",
    )
    what.add_argument(
        "--verify",
        action=Instead,
        type=Path,
        metavar="DIR",
        help="instead: say whether every byte of an export is as it was written",
    )
    parser.add_argument(
        "--precision",
        choices=["base", "float32", "bfloat16", "float16"],
        default="base",
        help="how merged weights are stored (default: as the base model's)",
    )
    parser.add_argument(
        "--upload", default="", metavar="OWNER/NAME", help="send --to hub there, with HF_TOKEN"
    )
    parser.add_argument(
        "--public", action="store_true", help="let everybody read what --upload makes"
    )
    parser.add_argument("--detach", action="store_true", help="launch and leave")
    add_workspace(parser)
    add_json(parser)


def parity_options(parser: argparse.ArgumentParser) -> None:
    """Take what `parity` needs."""
    parser.add_argument("export", type=Path, metavar="EXPORT", help="the folder of an export")
    parser.add_argument(
        "--base-url", metavar="URL", help="where it is served, up to /v1; without it, it is loaded"
    )
    parser.add_argument("--model", metavar="NAME", help="what the server calls it")
    parser.add_argument("--key", metavar="VARIABLE", help="environment variable with the key")
    parser.add_argument(
        "--items", type=positive, default=50, metavar="N", help="holdout rows (default: 50)"
    )
    add_workspace(parser)
    add_json(parser)


def runs_options(parser: argparse.ArgumentParser) -> None:
    """Take what `runs` needs."""
    add_workspace(parser)
    add_json(parser)


def compare_options(parser: argparse.ArgumentParser) -> None:
    """Take what `compare` needs."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="ids of two to six runs")
    add_workspace(parser)
    add_json(parser)
