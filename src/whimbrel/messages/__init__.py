"""How messages are built: foreign text escaped, the line with its caret, the command to copy."""
