"""Migration files and history rows as data: reading, states, problems. Nothing here uses a connection."""
