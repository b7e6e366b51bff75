"""The answers of Whimbrel about a database that already holds something: `python -m tests.situations` prints it as a table."""
