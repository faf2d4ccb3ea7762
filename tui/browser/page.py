"""The one page that shows the app; it asks nobody but its own server for anything."""

from html import escape

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="/static/css/xterm.css">
<style>
html, body {{ margin: 0; height: 100%; background: #0c181f; }}
#terminal {{ position: absolute; inset: 0; }}
.closed {{ display: none; position: absolute; inset: 0; z-index: 10; color: #eee;
  background: #0c181f; font: 16px monospace; padding: 2em; }}
body.-closed .closed {{ display: block; }}
.closed a {{ color: #8cf; }}
</style>
<script src="/static/js/textual.js"></script>
<script src="/focus.js" defer></script>
</head>
<body>
<div class="closed">The session has ended; everything is saved. <a href="/">Open it again</a></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="{socket}"
  data-font-size="{size}"></div>
</body>
</html>
"""


FOCUS = """const focus = () => document.querySelector("#terminal textarea")?.focus();
addEventListener("focus", focus);
new MutationObserver(focus).observe(document.body, {attributes: true, attributeFilter: ["class"]});
"""
"""Puts the keys where they belong without a click, as soon as the app has drawn something."""


def page(*, title: str, host: str, secure: bool, size: int) -> str:
    """Return the page for a browser that asked for this host."""
    socket = f"{'wss' if secure else 'ws'}://{host}/ws"
    return _PAGE.format(title=escape(title), socket=escape(socket), size=size)


def headers(*, host: str) -> dict[str, str]:
    """Return what every answer carries: kept nowhere, framed by nobody, fetching from nobody."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; img-src 'self' data:; "
        "style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        f"connect-src 'self' ws://{host} wss://{host}; frame-ancestors 'none'; base-uri 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
