"""One process of a storm: gets ready, waits for a line on its input, then runs the command line given as arguments."""

import asyncio
import sys

from database.cli import main
from database.dialect import find_dialect
from database.url import parse_url

if __name__ == "__main__":
    find_dialect(parse_url(sys.argv[sys.argv.index("--url") + 1]))
    asyncio.run(asyncio.sleep(0))
    print("ready", flush=True)
    sys.stdin.readline()
    sys.exit(main(sys.argv[1:]))
