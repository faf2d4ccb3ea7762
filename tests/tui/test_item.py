from tui.screens.item import ItemScreen
from tui.verdict_look import Item, Reply
from tui.widgets.page import Page


def test_every_contender_has_a_page_beside_the_reference() -> None:
    reply = Reply(text="a", exact=True, same_format=True)
    names = ("base", "improved_prompt", "few_shot", "retrieval", "tuned")
    item = Item(key="k", prompt=(), reference="r", replies=dict.fromkeys(names, reply))
    screen = ItemScreen([item], 0)
    _, answers = screen.body()
    pages = [page for page in answers._pending_children if isinstance(page, Page)]
    assert len(pages) == 1 + len(names)
