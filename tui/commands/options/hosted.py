"""Options of training at a service."""

import argparse

from tui.commands.options.shared import add_json, add_workspace


def tune_options(parser: argparse.ArgumentParser) -> None:
    """Take what `tune` needs."""
    parser.add_argument("rows", metavar="SPLIT|RECIPE", help="a split, or a recipe that names one")
    parser.add_argument("--provider", metavar="NAME", help="a service; without it, who takes jobs")
    parser.add_argument("--model", metavar="NAME", help="what the service calls the base model")
    parser.add_argument(
        "--method", choices=["supervised", "dpo"], default="supervised", help="how it is trained"
    )
    parser.add_argument(
        "--epochs",
        default="3",
        type=_epochs,
        metavar="N",
        help="passes over the rows, or auto for the service's choice (default: 3)",
    )
    parser.add_argument("--suffix", default="", metavar="NAME", help="added to the model's name")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of theirs"
    )
    parser.add_argument(
        "--tokenizer", default="", metavar="NAME", help="folder or Hub name of what counts tokens"
    )
    parser.add_argument(
        "--fetch-tokenizer", action="store_true", help="download what counts tokens, once"
    )
    parser.add_argument(
        "--ask-account",
        action="store_true",
        help="ask the service what the key shows, unpaid",
    )
    parser.add_argument("--base-url", default="", metavar="URL", help="another address")
    parser.add_argument("--key", metavar="VARIABLE", help="name of the key's variable, not the key")
    parser.add_argument("--organization", metavar="ID", help="which organisation or account pays")
    parser.add_argument("--project", metavar="ID", help="which project pays")
    parser.add_argument("--region", metavar="NAME", help="where it is trained (Vertex AI)")
    parser.add_argument("--bucket", metavar="gs://NAME", help="where the rows are put (Vertex AI)")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="KIND", help="personal data that may leave"
    )
    parser.add_argument(
        "--recent-use", choices=["yes", "no"], help="used a tuned model there within 60 days"
    )
    parser.add_argument(
        "--again", default="", metavar="REASON", help="pay for the same training once more"
    )
    parser.add_argument("--yes", action="store_true", help="send and pay without being asked")
    after = parser.add_mutually_exclusive_group()
    after.add_argument("--dry-run", action="store_true", help="say everything, send nothing")
    after.add_argument("--detach", action="store_true", help="start and leave")
    add_workspace(parser)
    add_json(parser)


def price_options(parser: argparse.ArgumentParser) -> None:
    """Take what `price` needs."""
    parser.add_argument("provider", metavar="PROVIDER", help="a service, as `tune` names it")
    parser.add_argument("model", metavar="MODEL", help="what the service calls the base model")
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="the price to enter: AMOUNT [CURRENCY] [DAY] SOURCE; without it, what is known",
    )
    parser.add_argument(
        "--take-back", action="store_true", help="take your newest entry out; the one before counts"
    )
    add_workspace(parser)
    add_json(parser)


def _epochs(text: str) -> str:
    """Return a whole number from 1 on, or auto."""
    if text != "auto" and (not text.isdigit() or not 1 <= int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text} is neither 1 to 100 nor auto")
    return text
