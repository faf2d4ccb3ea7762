"""One module a way to write a conversation as a row: what is wrong with it, and its turns."""
