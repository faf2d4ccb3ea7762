"""Nobody gets in without the token, and a link works once."""

from argparse import Namespace

import pytest

from core.errors import MachineError, UsageError
from tui.browser.gate import Gate
from tui.browser.page import headers, page
from tui.commands.serve import make_gate, run
from tui.plain import wanted

HOST = "127.0.0.1:8000"


def gate(token: str = "") -> Gate:
    made = Gate(token)
    made.listen_at("127.0.0.1", 8000)
    return made


def answer(one: Gate, **changes: str | None) -> str:
    asked = {"host": HOST, "path": "/", "token": "", "cookie": "", "origin": None} | changes
    return one.answer(**asked)  # type: ignore[arg-type]


def test_a_link_works_once_and_leaves_a_cookie() -> None:
    one = gate()
    assert answer(one, token=one.token) == "welcome"
    cookie = one.welcome()
    assert answer(one, cookie=cookie) == "in"
    assert answer(one, cookie=cookie, path="/ws", origin=f"http://{HOST}") == "in"
    assert answer(one, token=one.token) == "out"


def test_a_token_of_ones_own_works_again_with_another_cookie() -> None:
    one = gate("0123456789abcdef")
    cookies = set()
    for _ in range(2):
        assert answer(one, token="0123456789abcdef") == "welcome"
        cookies.add(one.welcome())
    assert len(cookies) == 2
    assert all(answer(one, cookie=cookie) == "in" for cookie in cookies)


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/download/x"])
@pytest.mark.parametrize("cookie", ["", "guess", "\udcff"])
def test_nothing_is_given_to_anybody_else(path: str, cookie: str) -> None:
    one = gate()
    assert answer(one, path=path, cookie=cookie) == "out"
    assert answer(one, path=path, cookie=cookie, token=one.token[:-1]) == "out"
    if path != "/":
        assert answer(one, path=path, token=one.token) == "out", "the token opens the page alone"


def test_another_page_gets_nothing_even_with_the_cookie() -> None:
    one = gate()
    cookie = one.welcome()
    assert answer(one, cookie=cookie, path="/ws", origin="http://evil.example") == "out"
    assert answer(one, cookie=cookie, path="/ws", origin="null") == "out"
    rebound = "evil.example:8000"
    assert answer(one, cookie=cookie, host=rebound, origin=f"http://{rebound}") == "out"
    assert answer(one, cookie=cookie, host="localhost:8000") == "in"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.com"])
def test_an_address_that_others_reach_needs_a_token(host: str) -> None:
    with pytest.raises(UsageError, match="can be reached by others"):
        make_gate(host, None, {})
    with pytest.raises(UsageError, match="holds no token"):
        make_gate(host, "MINE", {"MINE": "short"})
    assert make_gate(host, "MINE", {"MINE": "0123456789abcdef"}).token == "0123456789abcdef"


def test_this_machine_needs_none() -> None:
    tokens = {make_gate(host, None, {}).token for host in ("127.0.0.1", "::1", "localhost")}
    assert len(tokens) == 3
    assert all(len(token) >= 32 for token in tokens)


def test_the_page_asks_nobody_else() -> None:
    text = page(title="<b>", host=HOST, secure=False, size=16)
    assert "<b>" not in text
    assert "https://" not in text
    assert f'data-session-websocket-url="ws://{HOST}/ws"' in text
    assert "wss://h/ws" in page(title="t", host="h", secure=True, size=16)
    assert "default-src 'none'" in headers(host=HOST)["Content-Security-Policy"]


def test_what_is_drawn_in_a_browser_is_a_screen_though_its_streams_are_pipes() -> None:
    through_pipes = {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}
    assert not wanted(None, None, through_pipes)
    assert wanted(None, None, {})


def test_a_missing_extra_is_named_with_the_command_that_adds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MachineError, match="aiohttp, textual_serve missing") as raised:
        run(Namespace())
    assert "pip install 'tuningfork[browser]'" in raised.value.remedy
