"""One connection of a run: its opening, its migration lock, its history and its journal."""
