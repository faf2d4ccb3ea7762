"""The rows of the table of keys, by what one is at; `tui.keymap` makes one table of them."""
