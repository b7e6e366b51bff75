"""Build messages: escape foreign text, show the line with its caret, suggest a command to copy."""
