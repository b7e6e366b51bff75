"""One connection of a run: how it is opened, the migration lock, the history and the journal."""
