"""python -m database: the same program as `whimbrel`."""

from database.cli import run

if __name__ == "__main__":
    run()
