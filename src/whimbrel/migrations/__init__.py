"""Migration files and the rows of the history, as data: reading, states, problems. Nothing here knows a connection."""
