"""Find the tables that a write reaches through a view, a trigger or a rule, by the text of the definition."""

import pytest

from tests.unit.plans import ALL, dialect, on
from whimbrel.parsing.splitter import statements_or_batches
from whimbrel.planning.touched import find_touches


def reached(text: str, database: str) -> list[str]:
    """Return the full names that the first statement's objects reach."""
    one = dialect(database)
    rules = one.lexer_rules(portable=False, database=database)
    found = find_touches(one.catalog, rules, statements_or_batches(text, rules))
    return [".".join(part for part in name if part) for touch in found for name in touch.target.reached]


@pytest.mark.parametrize(
    ("server", "text", "expected"),
    [
        *on(ALL, "CREATE VIEW v AS SELECT * FROM stock", ["stock"]),
        *on(ALL, "CREATE VIEW v (a) AS SELECT s.a FROM stock AS s WHERE a IN (SELECT b FROM other)", ["stock", "other"]),
        *on(ALL, "CREATE VIEW v AS SELECT * FROM a, b x, (c JOIN d ON c.i = d.i), e", ["a", "b", "c", "d", "e"]),
        *on(ALL, "CREATE VIEW v AS SELECT a, b FROM t LEFT JOIN u ON coalesce(a, b) = c, w ORDER BY x, y", ["t", "u", "w"]),
        *on(ALL, "CREATE VIEW v AS WITH d AS (SELECT * FROM stock) SELECT f(a, b), c FROM d", ["stock", "d"]),
        *on(ALL, "CREATE VIEW v AS SELECT 1 UNION ALL SELECT a, b FROM s.stock GROUP BY a, b", ["s.stock"]),
        *on("postgresql", "CREATE VIEW v AS SELECT extract(year FROM a), a IS DISTINCT FROM b FROM ONLY Stock", ["stock"]),
        *on("postgresql", "CREATE VIEW v AS TABLE stock", ["stock"]),
        *on("postgresql", "CREATE VIEW v AS SELECT * FROM generate_series(1, 2) g, LATERAL (SELECT * FROM stock) s", ["stock"]),
        *on("postgresql", "SET search_path TO a, b; CREATE VIEW v AS SELECT * FROM stock", ["a.stock", "b.stock"]),
        *on("postgresql", "CREATE TEMP VIEW v AS SELECT * FROM stock", ["stock"]),
        *on("postgresql", "CREATE RULE r AS ON INSERT TO v DO INSTEAD (INSERT INTO a SELECT 1; DELETE FROM b)", ["a", "b"]),
        *on(("mysql", "mariadb"), "ALTER ALGORITHM=MERGE VIEW v AS SELECT * FROM stock", ["stock"]),
        *on(("mysql", "mariadb"), "CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW DELETE FROM stock", ["stock"]),
        *on(
            "sqlite",
            "CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM stock; UPDATE [a b] SET c = 1; END",
            ["stock", "a b"],
        ),
        *on(ALL, "CREATE TABLE t AS SELECT * FROM stock", []),
        *on(ALL, "ALTER TABLE t RENAME TO u", ["t"]),
        *on("postgresql", "ALTER VIEW s.v RENAME TO w", ["s.v"]),
    ],
)
def test_the_tables_behind_an_object(server: str, text: str, expected: list[str]) -> None:
    assert reached(text, server) == expected
