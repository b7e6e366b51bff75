"""Questions to a database under test."""

from whimbrel import DatabaseError, DatabaseManager


async def count_tables(url: str, *names: str) -> int:
    """Return how many of these tables are there; without names, whether anything of Whimbrel's or of a test's is."""
    found = 0
    async with DatabaseManager(url) as db_manager:
        for name in names or ("a", "whimbrel_history", "whimbrel_journal"):
            try:
                await db_manager.fetch_value(f"SELECT COUNT(*) AS n FROM {name}")
            except DatabaseError:
                continue
            found += 1
    return found


async def count_rows(url: str, table: str) -> int:
    """Return how many rows a table has."""
    async with DatabaseManager(url) as db_manager:
        return int(await db_manager.fetch_value(f"SELECT count(*) AS n FROM {table}"))
