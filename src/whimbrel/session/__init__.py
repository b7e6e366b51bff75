"""One connection of a run: how it is opened, its migration lock, its history and its journal."""
