"""Falsified histories ("lies"): the statements that make and undo each lie, and the text that a refusal must contain."""

from typing import NamedTuple

__all__ = ["Lie", "lies_in_files", "lies_in_rows", "lies_in_the_schema"]


class Lie(NamedTuple):
    """`tell` makes the lie, and `mend` undoes it, both by statements; `edit` is a text in a file and its replacement. `named`
    is a pattern of the refusal.
    """

    name: str
    named: str
    tell: tuple[str, ...] = ()
    mend: tuple[str, ...] = ()
    edit: tuple[str, str] = ("", "")


# The table, a column, its value in the last row, and one that no file has.
_HEADS = {
    "alembic": ("alembic_version", "version_num", "'5e77a0b3d948'", "'0123456789ab'"),
    "dbmate": ("schema_migrations", "version", "'20240105120000'", "'20990101000000'"),
    "django": ("django_migrations", "name", "'0005_total_index'", "'0099_lost'"),
    "flyway": ("flyway_schema_history", "version", "'5'", "'99'"),
    "golang-migrate": ("schema_migrations", "version", "5", "99"),
    "goose": ("goose_db_version", "version_id", "20240105120000", "20990101000000"),
    "liquibase": ("DATABASECHANGELOG", "ID", "'total_index-1'", "'lost-1'"),
    "node-pg-migrate": ("pgmigrations", "name", "'1704110400005_total_index'", "'1999999999999_lost'"),
    "prisma": ("_prisma_migrations", "migration_name", "'20240105120000_total_index'", "'20990101000000_lost'"),
    "refinery": ("refinery_schema_history", "version", "5", "99"),
    "sql-migrate": ("gorp_migrations", "id", "'20240105120000_total_index.sql'", "'20990101000000_lost.sql'"),
    "sqlx": ("_sqlx_migrations", "version", "20240105120000", "20990101000000"),
    "yoyo": ("_yoyo_migration", "migration_id", "'0005_total_index'", "'0099_lost'"),
}
# The column that says that a migration failed, its good and its bad value. goose has none: a rolled-back row in the middle is its
# nearest. The other tools have no such column.
_BROKEN = {
    "flyway": ("success", "TRUE", "FALSE"),
    "golang-migrate": ("dirty", "FALSE", "TRUE"),
    "liquibase": ("EXECTYPE", "'EXECUTED'", "'FAILED'"),
    "prisma": ("finished_at", "started_at", "NULL"),
    "sqlx": ("success", "TRUE", "FALSE"),
}
# Tools whose history proves the content of a file.
CHECKED = ("flyway", "prisma", "refinery", "sqlx")


def lies_in_rows(tool: str, database: str) -> list[Lie]:
    """Return the lies in the tool's own table."""
    table, column, last, lost = _HEADS[tool]
    change = "UPDATE {} SET {} = {} WHERE {} = {}"
    named = lost.strip("'")
    found = [
        Lie(
            "a wrong head",
            named,
            (change.format(table, column, lost, column, last),),
            (change.format(table, column, last, column, lost),),
        )
    ]
    if tool in _BROKEN:
        state, good, bad = _BROKEN[tool]
        told, mended = (change.format(table, state, value, column, last) for value in (bad, good))
        found.append(Lie("a dirty row", f"row of .*{last.strip(chr(39))}", (told,), (mended,)))
    if tool == "goose":
        told, mended = (f"UPDATE {table} SET is_applied = {value} WHERE id = 4" for value in ("FALSE", "TRUE"))
        found.append(Lie("a row rolled back", "first_rows", (_cast(told, database),), (_cast(mended, database),)))
    if tool in ("liquibase", "yoyo"):
        found.append(_locked(tool))
    return found


def _cast(statement: str, database: str) -> str:
    return statement.replace("FALSE", "0").replace("TRUE", "1") if database == "sqlite" else statement


def _locked(tool: str) -> Lie:
    """Return the case of a held lock, for a tool that keeps its lock as a row."""
    if tool == "yoyo":
        lock = "INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, '2024-01-31 12:00:00', 4711)"
        return Lie("a held lock", "yoyo_lock.*4711", (lock,), ("DELETE FROM yoyo_lock",))
    change = "UPDATE DATABASECHANGELOGLOCK SET LOCKED = {}, LOCKEDBY = {} WHERE ID = 1"
    named = "(?i:databasechangeloglock).*build-7"
    return Lie("a held lock", named, (change.format("TRUE", "'build-7'"),), (change.format("FALSE", "NULL"),))


def lies_in_files(tool: str) -> list[Lie]:
    """Return the edited file. A tool without checksums does not notice this edit, but the schema shows it."""
    named = "(accounts|V1__).*was edited" if tool in CHECKED else r"customers?\.tier"
    return [Lie("an edited file", named, edit=("DEFAULT 'basic'", "DEFAULT 'plain'"))]


def lies_in_the_schema(tool: str, database: str) -> list[Lie]:
    """Return the lies in the application's tables. These lies are not undone."""
    customers, orders = ("shop_customer", "shop_order") if tool == "django" else ("customers", "orders")
    change = f"ALTER TABLE {customers} ALTER COLUMN tier SET DEFAULT 'silver'"
    if database == "sqlite":
        # SQLite has no statement for this.
        change = f"UPDATE sqlite_master SET sql = replace(sql, '''basic''', '''silver''') WHERE name = '{customers}'"
    return [
        Lie("a missing column", rf"{customers}\.phone", (f"ALTER TABLE {customers} DROP COLUMN phone",)),
        Lie("a half-applied file", rf"{orders}\.paid", (f"ALTER TABLE {orders} DROP COLUMN paid",)),
        Lie("another default", rf"{customers}\.tier", (change,)),
        Lie("an extra table", "strays", ("CREATE TABLE strays (id INTEGER NOT NULL PRIMARY KEY)",)),
    ]
