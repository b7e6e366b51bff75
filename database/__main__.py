"""python -m database: the same program as `whimbrel`."""

import sys

from database.cli import main

if __name__ == "__main__":
    sys.exit(main())
