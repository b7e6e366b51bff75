"""The contract that every database fulfils, with one folder for each database."""
