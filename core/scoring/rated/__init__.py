"""From people's ratings to a verdict that holds."""
