"""The sizes: BENCHMARKS=quick is for development, full adds the largest file, page has what docs/performance.md needs.

DATABASES names the databases.
"""

import os

from whimbrel.url import DATABASES

QUICK = os.environ.get("BENCHMARKS") == "quick"
PAGE = os.environ.get("BENCHMARKS") == "page"
FULL = PAGE or os.environ.get("BENCHMARKS") == "full"
# By default nothing waits for the disk, because such waits would hide the cost of the work, and other programs use the disk
# too.
DURABLE = bool(os.environ.get("BENCHMARKS_DURABLE"))
NAMES = tuple(os.environ.get("DATABASES", ",".join(DATABASES)).split(","))
# The number of migrations in a folder.
COUNTS = (1, 100) if QUICK else (100, 1_000) if PAGE else (1, 100, 1_000)
TENANTS = 50 if QUICK else 1_000
# The number of rounds, for slow work and for work that takes milliseconds.
ROUNDS = 3 if QUICK or PAGE else 5
MANY_ROUNDS = 7 if QUICK else 15 if PAGE else 25
# No round of a work begins after this many seconds.
BUDGET = 15.0 if QUICK or PAGE else 300.0
