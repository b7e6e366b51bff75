"""Changes of a MariaDB schema by hand: those of MySQL, and what MariaDB alone has."""

from tests.schema import drift_mysql as mysql
from tests.schema.seeded import Seeded

BASE = mysql.BASE + "CREATE SEQUENCE tickets;\n"
CHANGES: Seeded = (
    *mysql.CHANGES,
    ("ALTER SEQUENCE tickets INCREMENT 5", "sequence tickets changed: native"),
    ("DROP SEQUENCE tickets", "sequence tickets lost"),
    ("ALTER TABLE a ADD COLUMN hidden INTEGER INVISIBLE", "column a.hidden added"),
    ("ALTER TABLE a ADD SYSTEM VERSIONING", "table a changed: options"),
)
HARMLESS = (*mysql.HARMLESS, "SELECT NEXTVAL(tickets)", "SELECT SETVAL(tickets, 1000)")
