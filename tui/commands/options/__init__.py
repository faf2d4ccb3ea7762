"""What each command may be told, by the part of the way it belongs to."""
