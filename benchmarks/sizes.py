"""How much is measured: BENCHMARKS is quick while developing, full for the largest file too; DATABASES names the databases."""

import os

from whimbrel.url import DATABASES

QUICK = os.environ.get("BENCHMARKS") == "quick"
FULL = os.environ.get("BENCHMARKS") == "full"
# Without it nothing waits for the disk, which would hide what the work costs and which others use too.
DURABLE = bool(os.environ.get("BENCHMARKS_DURABLE"))
NAMES = tuple(os.environ.get("DATABASES", ",".join(DATABASES)).split(","))
# How many migrations a folder has.
COUNTS = (1, 100) if QUICK else (1, 100, 1_000)
TENANTS = 50 if QUICK else 1_000
# Rounds in which everything has its turn, for what takes long and for what takes milliseconds.
ROUNDS = 3 if QUICK else 5
MANY_ROUNDS = 7 if QUICK else 25
