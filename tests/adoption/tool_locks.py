"""Hold the lock that a tool takes in its session while it migrates, with the key computed as the tool computes it."""

import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.adoption.checksums import java_hash
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import parse_url

__all__ = ["held", "lock_of"]


def lock_of(tool: str, database: str, name: str) -> str:
    """Return the statement that takes the tool's lock in the database `name`; empty if the tool has no lock there."""
    if database == "sqlite":
        return ""
    if database == "postgresql":
        number = _number(tool, name)
        return f"SELECT pg_advisory_lock({number})" if number else ""
    word = _word(tool, name)
    return f"SELECT GET_LOCK('{word}', 0)" if word else ""


def _number(tool: str, name: str) -> int:
    match tool:
        case "flyway":
            magic = int.from_bytes(b"Flyway", "big")
            return magic + java_hash('"public"."flyway_schema_history"')
        case "golang-migrate":
            return binascii.crc32(f"public\0schema_migrations\0{name}".encode()) * 1486364155 % 2**32
        case "node-pg-migrate":
            return 7241865325823964
        case "prisma":
            return 72707369
        case "sqlx":
            return binascii.crc32(name.encode()) * 0x3D32AD9E
    return 0


def _word(tool: str, name: str) -> str:
    match tool:
        case "flyway":
            return f"Flyway-{java_hash(f'`{name}`.`flyway_schema_history`')}"
        case "golang-migrate":
            return str(binascii.crc32(f"{name}:schema_migrations".encode()) * 1486364155 % 2**32)
        case "prisma":
            return "prisma_migrate"
        case "sqlx":
            return f"{binascii.crc32(name.encode()) * 0x3D32AD9E:x}"
    return ""


@asynccontextmanager
async def held(url: str, statement: str) -> AsyncIterator[None]:
    """Hold a lock in a separate session."""
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        await connection.run(statement)
        yield
    finally:
        await connection.close()
