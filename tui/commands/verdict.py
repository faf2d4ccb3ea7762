"""`tuningfork verdict`: the newest verdict, as a sentence with its figures."""

import json
from argparse import Namespace

from core.errors import JobError
from core.text_safety import visible
from core.workspace import Workspace
from tui.commands.place import workspace_of
from tui.verdict_look import Scored, read_verdicts

_NO = 1


def run(arguments: Namespace) -> int:
    """Print it; exit 1 when it says not to ship."""
    verdict = newest_verdict(workspace_of(arguments))
    if arguments.json:
        print(json.dumps(verdict.result, ensure_ascii=False))
    else:
        print_verdict(verdict)
    return _NO if verdict.result.get("decision") == "do_not_ship" else 0


def newest_verdict(workspace: Workspace) -> Scored:
    """Return the newest verdict, or say how to get one."""
    verdicts = read_verdicts(workspace)
    if not verdicts:
        raise JobError(
            what="This workspace has no verdict yet.",
            why="No run was scored here.",
            remedy="`tuningfork score RUN` scores one; `tuningfork demo` shows how.",
        )
    return verdicts[0]


def print_verdict(verdict: Scored) -> None:
    """Print the sentence, then one line a contender and one a comparison."""
    result = verdict.result
    print(visible(verdict.sentence))
    print(f"decision: {visible(str(result.get('decision')).replace('_', ' '))}")
    for name, measures in result.get("contenders", {}).items():
        shares = ", ".join(
            f"{metric.replace('_', ' ')} {counts['hits']:.0f} of {counts['n']:.0f}"
            f" ({100 * counts['low']:.0f}-{100 * counts['high']:.0f} %)"
            for metric, counts in measures.items()
        )
        print(f"{visible(name)}: {shares}")
    for one in result.get("comparisons", ()):
        print(
            f"tuned against {visible(one['against'])}: {one['wins']} wins, {one['ties']} ties, "
            f"{one['losses']} losses, p {one['p']:.2g}"
        )


def tuned_beats(verdict: Scored, contender: str) -> bool:
    """Return whether the tuned model surely did better than this contender."""
    return any(
        one["against"] == contender and one["low"] > 0 and one["p"] <= 0.05
        for one in verdict.result.get("comparisons", ())
    )
