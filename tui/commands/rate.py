"""`tuningfork rate`: rate the answers of a study, blind."""

from argparse import Namespace

from tui.commands.parser import version
from tui.commands.place import workspace_of
from tui.commands.rate_lines import rate_in_lines


def run(arguments: Namespace) -> int:
    """Rate until the study needs this rater no more, or the rater leaves."""
    from core.scoring.study.folder import find_study, newest_study
    from core.scoring.study.session import RatingSession

    workspace = workspace_of(arguments)
    folder = find_study(workspace, arguments.study) if arguments.study else newest_study(workspace)
    with RatingSession(folder, arguments.rater, app_version=version()) as session:
        return rate_in_lines(session)
