"""Personal data and secrets in text, found offline: narrow gates, then proof on what passed."""
