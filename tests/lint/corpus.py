"""The corpus: statements of each database with the findings that an independent probe proved.

`corpus/DATABASE.toml` has set-ups by name, and statements:

    reset = '''DROP TABLE ...;'''   # SQL that removes what the set-ups make

    [setups]
    shop = '''CREATE TABLE orders (...);'''

    [[statements]]
    id = "add-index"
    on = "shop"                  # the set-up that runs before; `more` is SQL after it, for this statement alone
    sql = "CREATE INDEX ..."     # one or several statements of one file
    labels = ["L01"]             # the rules that must find it, and no other of the rules that the corpus judges
    declared = ["D03"]           # labels that the types in the statement prove; no probe tries values
    transaction = false          # the file has the directive transaction=off; true if absent

    runner = true                # a run emulates or refuses the statement itself, so that a plain client shows no label

The labels are facts, not opinions: `probed/DATABASE.json` has what the probe saw for each id.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["CORPUS", "Labelled", "load", "load_reset"]

CORPUS = Path(__file__).parent / "corpus"


class Labelled(NamedTuple):
    """One statement of the corpus with its labels."""

    id: str
    setup: str
    sql: str
    labels: tuple[str, ...]
    declared: tuple[str, ...] = ()
    transaction: bool = True
    runner: bool = False

    @property
    def expected(self) -> set[str]:
        """The rules that must find it."""
        return {*self.labels, *self.declared}

    @property
    def file(self) -> str:
        """The text of the judged file."""
        return self.sql if self.transaction else f"-- whimbrel: transaction=off\n{self.sql}"


@cache
def _document(database: str) -> dict[str, Any]:
    return tomllib.loads((CORPUS / f"{database}.toml").read_text(encoding="utf-8"))


def load(database: str) -> tuple[Labelled, ...]:
    """Return the statements of a database's corpus, in order."""
    document = _document(database)
    setups = document["setups"]
    return tuple(
        Labelled(
            id=one["id"],
            setup=f"{setups[one['on']]}\n{one.get('more', '')}".strip(),
            sql=one["sql"],
            labels=tuple(one["labels"]),
            declared=tuple(one.get("declared", ())),
            transaction=one.get("transaction", True),
            runner=one.get("runner", False),
        )
        for one in document["statements"]
    )


def load_reset(database: str) -> str:
    """Return the SQL that removes everything that the set-ups make."""
    return str(_document(database)["reset"])
