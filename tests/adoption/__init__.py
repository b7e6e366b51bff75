"""Real histories of other tools, adopted."""
