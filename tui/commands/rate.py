"""`tuningfork rate`: rate the answers of a study, blind."""

from argparse import Namespace

from tui.commands.parser import version
from tui.commands.place import workspace_of
from tui.commands.rate_lines import rate_in_lines
from tui.commands.screen import show_rating, wants_lines


def run(arguments: Namespace) -> int:
    """Rate until the study needs this rater no more, or the rater leaves."""
    from core.scoring.rated.simulated import refuse_simulated
    from core.scoring.study.folder import find_study, newest_study
    from core.scoring.study.session import RatingSession

    refuse_simulated(arguments.rater)
    workspace = workspace_of(arguments)
    folder = (
        find_study(workspace, arguments.study, to_rate=True)
        if arguments.study
        else newest_study(workspace, to_rate=True)
    )
    with RatingSession(folder, arguments.rater, app_version=version()) as session:
        if wants_lines(arguments):
            return rate_in_lines(session)
        return show_rating(session, arguments)
