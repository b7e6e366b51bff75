"""The corpus: statements of each database with the findings that an independent probe proved.

`corpus/DATABASE.toml` has set-ups by name, and statements:

    [setups]
    shop = '''CREATE TABLE orders (...);'''

    [[statements]]
    id = "add-index"
    on = "shop"                  # the set-up that runs before; `more` is SQL after it, for this statement alone
    sql = "CREATE INDEX ..."     # one or several statements of one file
    labels = ["L01"]             # the rules that must find it, and no other of the rules that the corpus judges
    transaction = false          # the file has the directive transaction=off; true if absent

The labels are facts, not opinions: `probed/DATABASE.json` has what the probe saw for each id.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["CORPUS", "Labelled", "load"]

CORPUS = Path(__file__).parent / "corpus"


class Labelled(NamedTuple):
    """One statement of the corpus with its labels."""

    id: str
    setup: str
    sql: str
    labels: tuple[str, ...]
    transaction: bool = True

    @property
    def file(self) -> str:
        """The text of the judged file."""
        return self.sql if self.transaction else f"-- whimbrel: transaction=off\n{self.sql}"


@cache
def load(database: str) -> tuple[Labelled, ...]:
    """Return the statements of a database's corpus, in order."""
    document = tomllib.loads((CORPUS / f"{database}.toml").read_text(encoding="utf-8"))
    setups = document["setups"]
    return tuple(
        Labelled(
            id=one["id"],
            setup=f"{setups[one['on']]}\n{one.get('more', '')}".strip(),
            sql=one["sql"],
            labels=tuple(one["labels"]),
            transaction=one.get("transaction", True),
        )
        for one in document["statements"]
    )
