"""The answers of Whimbrel about a database that is not empty: `python -m tests.situations` prints it as a table."""
