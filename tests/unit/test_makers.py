"""Find the migration that made an object, by the text of the files."""

import pytest

from tests.unit.make import migration
from whimbrel.dialects.postgresql.dialect import DIALECT
from whimbrel.planning.makers import Makers

FIRST = """CREATE TABLE Users (id INTEGER, email TEXT);
CREATE INDEX users_email ON users (email);
CREATE VIEW v AS SELECT 1;
CREATE FUNCTION f(INTEGER) RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';
CREATE TABLE elsewhere.gone (id INTEGER);
CREATE TABLE gone (id INTEGER);
"""
SECOND = """-- later
ALTER TABLE users ADD COLUMN n INTEGER, ADD CONSTRAINT n_positive CHECK (n > 0), ADD CONSTRAINT n_one UNIQUE (n);
ALTER TABLE users RENAME COLUMN email TO address;
DROP TABLE gone;
ALTER TABLE users RENAME TO people;
CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION f();
"""


@pytest.mark.parametrize(
    ("kind", "within", "own", "wanted"),
    [
        ("table", "", "people", "V1:1"),
        ("table", "", "users", None),
        ("table", "", "gone", None),
        ("column", "people", "id", "V1:1"),
        ("column", "people", "address", "V1:1"),
        ("column", "people", "email", None),
        ("column", "people", "n", "V2:2"),
        ("check", "people", "n_positive", "V2:2"),
        ("unique key", "people", "n_one", "V2:2"),
        ("index", "people", "users_email", "V1:2"),
        ("trigger", "people", "touched", "V2:6"),
        ("view", "", "v", "V1:3"),
        ("function", "", "f(integer)", "V1:4"),
        ("policy", "", "own ON people", None),
    ],
)
def test_the_maker_of_an_object_is_found(kind: str, within: str, own: str, wanted: str | None) -> None:
    makers = Makers(DIALECT.catalog, DIALECT.inventory.spell, "public")
    for version, text in (("1", FIRST), ("2", SECOND)):
        makers.read(migration(version, text=text), DIALECT.lexer_rules(portable=True, database="postgresql"))
    found = makers.find(kind, within, own)
    assert (found and f"{found.script.partition('__')[0]}:{found.line}") == wanted
