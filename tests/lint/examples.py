"""Statements with the form that they must have: examples/DATABASE.sql. They are read in tests, and recorded on the servers.

A file has the statements that make the schema, then `-- Reset` and those that drop what the schema and the examples make, then
`-- Examples` and the examples. Above each stands its form:

    -- = add column, not null | add column with check
    ALTER TABLE items ADD COLUMN ...;

Several parts are separated by ` | `, forms that the text does not decide by ` or `; the algorithm and the lock that it asks for
follow in brackets. A line `-- @ form` after it says which of the undecided forms the statement has. MySQL and MariaDB share a
file.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from whimbrel.dialects.registry import find_dialect
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.parsing.splitter import split
from whimbrel.parsing.statement import Statement
from whimbrel.review.lint.form import Form
from whimbrel.review.lint.forms import FormReader
from whimbrel.url import parse_url

__all__ = ["DATABASES", "Example", "Examples", "load", "reader", "shown"]

DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
_FOLDER = Path(__file__).parent / "examples"


class Example(NamedTuple):
    """One statement, and its form as `shown` writes it. `records` is the form that it has, if the text does not decide it."""

    form: str
    statement: Statement
    records: str = ""


class Examples(NamedTuple):
    """The statements that make the schema, those that drop everything, and the examples on it."""

    setup: tuple[Statement, ...]
    reset: tuple[Statement, ...]
    examples: tuple[Example, ...]


@cache
def load(database: str) -> Examples:
    """Return the examples of a database."""
    name = "mysql" if database == "mariadb" else database
    setup, _, blocks = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").partition("-- Examples\n")
    setup, _, reset = setup.partition("-- Reset\n")
    found = []
    for block in blocks.split("-- = ")[1:]:
        form, _, text = block.partition("\n")
        first, _, rest = text.partition("\n")
        records = first.removeprefix("-- @ ") if first.startswith("-- @ ") else ""
        (statement,) = split(rest if records else text, name)
        found.append(Example(form, statement, records))
    return Examples(tuple(split(setup, name)), tuple(split(reset, name)), tuple(found))


def reader(database: str) -> FormReader:
    """Return a reader that knows the schema of the examples."""
    dialect = find_dialect(parse_url("sqlite://" if database == "sqlite" else f"{database}://localhost/lint"))
    made = FormReader(database, dialect.catalog, dialect.inventory.spell)
    for one in load(database).setup:
        made.read(one.text, find_rules(database))
    return made


def shown(form: Form) -> str:
    """Return a form as the files of examples write it."""
    parts = " | ".join(" or ".join((one.form, *one.instead)) for one in form.parts)
    asked = " ".join(one for one in (form.algorithm, form.lock) if one)
    return f"{parts} [{asked}]" if asked else parts
