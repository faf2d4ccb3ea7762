"""From any kind of file to lines of JSON in a cache, with a way back to the place of each row."""
