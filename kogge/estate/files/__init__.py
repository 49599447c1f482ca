"""Reading files: text, YAML with the line and column of everything, and what can be said of a file that is refused."""
