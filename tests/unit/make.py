"""Migrations and history rows for the tests of what needs no files."""

from datetime import UTC, datetime

from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version, checksum


def migration(
    version: str, description: str = "a", *, database: str = "", text: str = "SELECT 1;", set_name: str = "chat"
) -> Migration:
    script = f"V{version}__{description}{'.' * bool(database)}{database}.sql"
    path = f"sql/{set_name}/{script}"
    return Migration(set_name, Version.parse(version), description, script, path, text, checksum(text), database)


def set_of(*files: Migration, name: str = "chat") -> MigrationSet:
    return MigrationSet(name, f"sql/{name}", files)


def row(
    version: str, description: str = "a", *, success: bool = True, text: str = "SELECT 1;", set_name: str = "chat"
) -> AppliedMigration:
    file = migration(version, description, text=text, set_name=set_name)
    installed_on = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    return AppliedMigration(set_name, file.version, description, file.script, file.checksum, 1, installed_on, 7, "", success)


def with_checksum(applied: AppliedMigration, value: str) -> AppliedMigration:
    return applied._replace(checksum=value)
