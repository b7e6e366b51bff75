"""A dump by mysqldump or mariadb-dump runs unchanged as a migration, and the resulting database has the same dump."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.files import write_set
from tests.servers import Server
from whimbrel import migrate

from .mysql_programs import UNDER_TEST, dump, empty, run_client

__test__ = bool(UNDER_TEST)
CONTENT = Path(__file__).with_suffix(".sql").read_text()


# Without --hex-blob a dump is UTF-8 only if its binary values happen to be.
BYTES = ("X'003B275C0A0D1A7F'", "X'00FF3B275C0A0D1A80FE'")


def first_and_second(database: str, admin: str, folder: Path, content: str, *options: str) -> tuple[str, str]:
    """Make a database of `content`, dump it, migrate an empty one with the dump, and dump that."""
    with empty(admin) as source, empty(admin) as target:
        run_client(database, source, content)
        first = dump(database, source, *options)
        asyncio.run(migrate(target, write_set(folder / "dump", {"V001__dump.sql": first}), databases=(database,)))
        return comparable(first), comparable(dump(database, target, *options))


def comparable(text: str) -> str:
    """A dump without the name of its database."""
    return re.sub(r"oracle_[0-9]+_[0-9]+", "oracle", text)


@pytest.mark.parametrize("name", UNDER_TEST)
def test_a_dump_of_nasty_content_applies_and_is_dumped_again_the_same(
    name: str, servers: dict[str, Server], tmp_path: Path
) -> None:
    first, second = first_and_second(name, servers[name].url, tmp_path, CONTENT)
    assert second == first
    assert 'it\\\'s; a \\"name\\"' in first


@pytest.mark.parametrize("name", UNDER_TEST)
def test_a_dump_with_binary_values_in_hexadecimal_is_dumped_again_the_same(
    name: str, servers: dict[str, Server], tmp_path: Path
) -> None:
    content = CONTENT.replace(*BYTES)
    first, second = first_and_second(name, servers[name].url, tmp_path, content, "--hex-blob")
    assert second == first
    assert "0x00FF3B275C0A0D1A80FE" in first


@pytest.mark.parametrize("name", UNDER_TEST)
def test_a_dump_of_an_empty_database_applies(name: str, servers: dict[str, Server], tmp_path: Path) -> None:
    first, second = first_and_second(name, servers[name].url, tmp_path, "")
    assert second == first
