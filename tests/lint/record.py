"""Record the tables of facts: `python -m tests.lint.record [DATABASE ...]` writes src/whimbrel/review/lint/facts/*.json.

Each form is recorded from its first example. `--all` measures the other examples, too, and prints the forms whose examples have
different facts. `--missing` keeps the rows that are there. A table that has the same facts as before keeps its date.
"""

import argparse
import asyncio
import json
from collections.abc import Collection, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import whimbrel.review.lint
from tests.lint.examples import DATABASES, Example, load, reader
from tests.lint.recording import Recorder, Row, document, is_alone
from tests.servers import running
from whimbrel.parsing.lexer_rules import find_rules

FACTS = Path(whimbrel.review.lint.__file__).parent / "facts"
# How many numbers of a version decide the facts.
_AT_ONCE = 20
_PARTS = {"postgresql": 1, "mysql": 2, "mariadb": 2, "sqlite": 2}


def path_of(database: str, version: str) -> Path:
    """Return the file of a table."""
    return FACTS / f"{database}-{'.'.join(version.split('.')[: _PARTS[database]])}.json"


def write(recorded: dict[str, Any]) -> Path:
    """Write a table in a stable form."""
    path = path_of(recorded["database"], recorded["version"])
    if path.exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        if {**old, "recorded": ""} == {**recorded, "recorded": ""}:
            recorded = old
    rows = ",\n".join(f"    {json.dumps(form)}: {json.dumps(row, sort_keys=True)}" for form, row in recorded["forms"].items())
    head = "".join(f"  {json.dumps(key)}: {json.dumps(recorded[key])},\n" for key in ("database", "version", "recorded"))
    path.write_text(f'{{\n{head}  "forms": {{\n{rows}\n  }}\n}}\n', encoding="utf-8")
    return path


def first_examples(database: str, known: Collection[str]) -> Iterator[Example]:
    """Yield an example of each form that is not known: of a form alone, where there is one."""
    shown = reader(database)
    seen = set(known)
    read = [(one, deepcopy(shown).read(one.statement.text, find_rules(database))) for one in load(database).examples]
    for alone in (True, False):
        for one, form in read:
            if any(part.undecided and not part.instead for part in form.parts):
                continue
            names = {name for part in form.parts for name in (part.form, *part.instead)} - {"nothing"}
            if is_alone(form) == alone and not names <= seen and (alone or _can_stand(one)):
                seen |= names if alone or one.records or len(names - seen) == 1 or _is_zoned(one) else set()
                yield one


def _can_stand(one: Example) -> bool:
    """Whether a statement of several parts may be recorded: ALGORITHM and LOCK are parts, if they are more than a condition."""
    return not one.form.endswith("]") or "algorithm copy" in one.form or "lock " in one.form


def _is_zoned(one: Example) -> bool:
    return one.form.endswith(", elsewhere")


async def _record(database: str, address: str, *, whole: bool, missing: bool) -> None:
    recorder = Recorder(database, address)
    rows: dict[str, Row] = {}
    if missing and (path := next(FACTS.glob(f"{database}-*.json"), None)) is not None:
        rows = json.loads(path.read_text(encoding="utf-8"))["forms"]
    wanted = list(load(database).examples if whole else first_examples(database, rows))
    for at in range(0, len(wanted), _AT_ONCE):
        rows = await recorder.record(wanted[at : at + _AT_ONCE], rows)
        path = write(document(recorder, rows))
        print(f"{path.name}: {len(rows)} forms of {recorder.version}, {at + _AT_ONCE} of {len(wanted)} examples", flush=True)
    for conflict in recorder.conflicts:
        print(f"different facts of one form: {conflict}")


def record(database: str, *, whole: bool, missing: bool) -> None:
    """Record one database on a server of its own."""
    if database == "sqlite":
        asyncio.run(_record(database, "sqlite://", whole=whole, missing=missing))
        return
    with running(database) as server:
        asyncio.run(_record(database, server.url, whole=whole, missing=missing))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", default=DATABASES)
    parser.add_argument("--all", action="store_true", dest="whole")
    parser.add_argument("--missing", action="store_true")
    given = parser.parse_args()
    for name in given.databases:
        record(name, whole=given.whole, missing=given.missing)
