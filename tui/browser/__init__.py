"""The app in a browser: who is let in, the one page, and the server."""
