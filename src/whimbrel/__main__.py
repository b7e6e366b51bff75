"""python -m whimbrel: the same program as `whimbrel`."""

from whimbrel.cli import run

if __name__ == "__main__":
    run()
