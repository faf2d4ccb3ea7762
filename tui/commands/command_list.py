"""Every word after `tuningfork`, and what its end says; read by the parser and by the README."""

from dataclasses import dataclass

EXIT_CODES = """\
exit codes:
  0    done
  1    the answer is "no": findings, the tuned model did not win, the run failed
  2    wrong use or input: an unknown word, a damaged or newer workspace
  3    this machine can't: a missing extra, no memory, a full or read-only disk
  70   a fault of tuningfork's own; a report was written
  130  interrupted
"""


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `tuningfork`."""

    name: str
    help: str
    module: str
    """Where `run(arguments) -> exit code` is, imported when the command is used."""


COMMANDS = (
    Command("open", "open the app on a workspace (what happens without a command)", "open"),
    Command("demo", "the whole way on a small model that comes along, for real", "demo"),
    Command("init", "make a folder a workspace", "init"),
    Command("doctor", "say what this machine can do, and how to mend what it can't", "doctor"),
    Command(
        "decide", "should I fine-tune at all? From your answers, or measured on your rows", "decide"
    ),
    Command("inspect", "profile a file of rows and list what is wrong with it", "inspect"),
    Command("clean", "write a file with what its journal mends, the same bytes each time", "clean"),
    Command("split", "split a file into train, validation and a locked holdout", "split"),
    Command("holdout", "say whether rows or documents touch a locked holdout", "holdout"),
    Command("masks", "show what a recipe trains, row by row, token by token", "masks"),
    Command("train", "launch a run from a recipe", "train"),
    Command("tune", "train at a service; says first who takes it, what leaves, the cost", "tune"),
    Command("price", "show, enter or take back what training a model at a service costs", "price"),
    Command("score", "answer the holdout with and without tuning, and compare", "score"),
    Command("answer", "let endpoints answer a file of rows, for a study or a measure", "answer"),
    Command(
        "export",
        "write a run's model for a server or the Hub, its rows, or a recipe for another trainer",
        "export",
    ),
    Command(
        "release", "plan, make, list and show releases; hand out or delete their log", "release"
    ),
    Command("gateway", "serve a release: one address, several arms, sticky by user", "gateway"),
    Command("rollback", "send all traffic of a release to its rollback target, now", "rollback"),
    Command("parity", "prove that an export answers as the model that was scored", "parity"),
    Command("runs", "list the jobs of the workspace", "runs"),
    Command("compare", "show some runs side by side, and where their recipes differ", "compare"),
    Command("status", "say how one job is", "status"),
    Command("watch", "follow one job, or the training run of another program at a path", "watch"),
    Command("stop", "ask a job to stop after its current step, keeping a checkpoint", "control"),
    Command("pause", "ask a run to save a checkpoint, end and free its device", "control"),
    Command("checkpoint", "ask a run to save a checkpoint now", "control"),
    Command("resume", "continue a job from its last checkpoint", "resume"),
    Command("study", "plan, lock, watch, check and hand out a blind study", "study"),
    Command("rate", "rate the answers of a study, blind", "rate"),
    Command("verdict", "the newest verdict, a study's, or one on a file of ratings", "verdict"),
    Command("judge", "let a model compare a rated study's answers, beside the verdict", "judge"),
    Command("recheck", "let servers answer the holdout again: do they still hold?", "recheck"),
    Command("serve", "open the app, or a rater's screen, in a browser on this machine", "serve"),
    Command("metrics", "measure a file of answers; it informs and never decides", "metrics"),
    Command(
        "simulate", "say what a plan for a rating study can find, before anyone rates", "simulate"
    ),
)
