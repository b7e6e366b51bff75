"""Record the tables of facts: `python -m tests.lint.record [DATABASE ...]` writes src/whimbrel/review/lint/facts/*.json.

A table that has the same facts as before keeps its date.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import whimbrel.review.lint
from tests.lint.examples import DATABASES, load
from tests.lint.recording import Recorder, document
from tests.servers import running

FACTS = Path(whimbrel.review.lint.__file__).parent / "facts"
# How many numbers of a version decide the facts.
_PARTS = {"postgresql": 1, "mysql": 2, "mariadb": 2, "sqlite": 2}


def write(recorded: dict[str, Any]) -> Path:
    """Write a table in a stable form."""
    version = ".".join(recorded["version"].split(".")[: _PARTS[recorded["database"]]])
    path = FACTS / f"{recorded['database']}-{version}.json"
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        if {**old, "recorded": ""} == {**recorded, "recorded": ""}:
            recorded = old
    rows = ",\n".join(f"    {json.dumps(form)}: {json.dumps(row, sort_keys=True)}" for form, row in recorded["forms"].items())
    head = "".join(f"  {json.dumps(key)}: {json.dumps(recorded[key])},\n" for key in ("database", "version", "recorded"))
    path.write_text(f'{{\n{head}  "forms": {{\n{rows}\n  }}\n}}\n', encoding="utf-8")
    return path


def record(database: str) -> None:
    """Record one database on a server of its own."""
    if database == "sqlite":
        _record(database, "sqlite://")
        return
    with running(database) as server:
        _record(database, server.url)


def _record(database: str, address: str) -> None:
    recorder = Recorder(database, address)
    rows = asyncio.run(recorder.record(load(database).examples))
    path = write(document(recorder, rows))
    print(f"{path.name}: {len(rows)} forms of {recorder.version}")
    for conflict in recorder.conflicts:
        print(f"different facts of one form: {conflict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", default=DATABASES)
    for name in parser.parse_args().databases:
        record(name)
