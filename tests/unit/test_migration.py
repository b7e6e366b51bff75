"""Versions, checksums, and which file a database runs."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.make import migration
from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import Migration, MigrationSet, Version, checksum, statement_hash

few = settings(max_examples=200, derandomize=True, deadline=None)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("2", "10"), ("1.2", "1.10"), ("1", "1.1"), ("0", "1"), ("1.9.9", "2"), ("001.1", "2"), ("20250101", "20250101.1")],
)
def test_versions_compare_as_numbers(lower: str, higher: str) -> None:
    assert Version.parse(lower) < Version.parse(higher)
    assert not Version.parse(higher) < Version.parse(lower)


@pytest.mark.parametrize(
    ("one", "same"), [("1", "001"), ("1", "1.0"), ("1.0.0", "V1"), ("1_2", "1.2"), ("1.02", "1.2"), ("0", "0.0")]
)
def test_spellings_of_one_version_are_equal(one: str, same: str) -> None:
    assert Version.parse(one) == Version.parse(same)
    assert hash(Version.parse(one)) == hash(Version.parse(same))


@pytest.mark.parametrize(("text", "shown"), [("V007", "7"), ("1.10", "1.10"), ("1_0", "1"), ("0", "0"), ("10", "10")])
def test_a_version_is_shown_without_zeros_that_say_nothing(text: str, shown: str) -> None:
    assert str(Version.parse(text)) == shown


@pytest.mark.parametrize("text", ["", "V", "a", "1a", "1..2", ".1", "1.", "-1", "1 ", "\u0661", "²", "VV1", "v1", "1,2"])
def test_what_is_no_version_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Version.parse(text)
    assert str(caught.value) == f"{text!r} is not a version; write 7 or 1.2"


@pytest.mark.parametrize("form", ["{}", "V{}", "1.{}"])
def test_a_number_of_a_version_has_at_most_1000_digits(form: str) -> None:
    assert Version.parse(form.format("9" * 1000)).numbers[-1] == int("9" * 1000)
    with pytest.raises(ConfigurationError):
        Version.parse(form.format("9" * 1001))


@few
@given(st.lists(st.integers(0, 10**20), min_size=1, max_size=5))
def test_a_shown_version_is_read_back_as_the_same(numbers: list[int]) -> None:
    version = Version.parse(".".join(map(str, numbers)))
    assert Version.parse(str(version)) == version


# Computed by sha256sum, not by this code.
TABLE = "v1:sha256:746a82e33c73f91c902c7042ecd48325edd9dbb5726c682f137fbd06a96e9826"
DUCK = "v1:sha256:f186019560b814164f57eb1035e290038ef38d4ff19abbf3fa90b998d41abd51"
NOTHING = "v1:sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE t (\n  name TEXT\n);\n", TABLE),
        ("CREATE TABLE t (\r\n  name TEXT\r\n);\r\n", TABLE),
        ("CREATE TABLE t (\r  name TEXT\r);\r", TABLE),
        ("CREATE TABLE t (\r\n  name TEXT\n);\r", TABLE),
        ("\ufeffCREATE TABLE t (\n  name TEXT\n);\n", TABLE),
        ("-- größe 🦆\nSELECT 'é';\n", DUCK),
        ("", NOTHING),
        ("\ufeff", NOTHING),
    ],
)
def test_the_checksum_of_a_text_is_the_same_for_ever(text: str, expected: str) -> None:
    assert checksum(text) == expected


@few
@given(st.text(st.characters(exclude_characters="\r", codec="utf-8")))
def test_the_checksum_does_not_depend_on_newlines_or_a_byte_order_mark(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert checksum("\ufeff" + text) == checksum(text)
    assert checksum(text.replace("\n", "\r\n")) == checksum(text)
    assert checksum(text.replace("\n", "\r")) == checksum(text)


@few
@given(
    st.text(st.characters(exclude_characters="\r\ufeff", codec="utf-8")),
    st.integers(0),
    st.characters(codec="ascii"),
)
def test_any_other_change_changes_the_checksum(text: str, place: int, added: str) -> None:
    place %= len(text) + 1
    changed = text[:place] + (added if added != "\r" else "x") + text[place:]
    assert checksum(changed) != checksum(text)
    assert statement_hash(changed) != statement_hash(text)


def test_a_statements_hash_is_16_digits_and_does_not_depend_on_newlines() -> None:
    assert statement_hash("SELECT 1") == "e004ebd5b5532a4b"
    assert statement_hash("SELECT\r\n1") == statement_hash("SELECT\n1")


def chosen(database: str, *files: Migration) -> list[str]:
    one = MigrationSet("chat", "sql/chat", files)
    return [file.script for file in one.for_database(database)]


@pytest.mark.parametrize(
    ("variants", "server", "expected"),
    [
        (("", "mysql", "mariadb"), "mariadb", "V1__a.mariadb.sql"),
        (("", "mysql", "mariadb"), "mysql", "V1__a.mysql.sql"),
        (("", "mysql", "mariadb"), "sqlite", "V1__a.sql"),
        (("", "mysql", "mariadb"), "postgresql", "V1__a.sql"),
        (("", "mysql"), "mariadb", "V1__a.mysql.sql"),
        (("", "mariadb"), "mysql", "V1__a.sql"),
        (("mysql",), "mariadb", "V1__a.mysql.sql"),
        (("", "postgresql"), "postgresql", "V1__a.postgresql.sql"),
        (("", "postgresql"), "sqlite", "V1__a.sql"),
    ],
)
def test_a_variant_takes_the_place_of_the_shared_file(variants: tuple[str, ...], server: str, expected: str) -> None:
    for files in permutations(migration("1", "a", database=variant) for variant in variants):
        assert chosen(server, *files) == [expected]


@pytest.mark.parametrize(("variant", "server"), [("mariadb", "mysql"), ("mysql", "sqlite"), ("sqlite", "postgresql")])
def test_a_database_runs_no_other_databases_variant(variant: str, server: str) -> None:
    assert chosen(server, migration("1", database=variant)) == []


def test_migrations_run_in_the_order_of_their_versions() -> None:
    files = [migration(version) for version in ("10", "2", "1.10", "1.9", "1")]
    assert chosen("sqlite", *files) == ["V1__a.sql", "V1.9__a.sql", "V1.10__a.sql", "V2__a.sql", "V10__a.sql"]


def test_a_migration_is_named_by_its_set_and_its_file_and_does_not_print_its_text() -> None:
    one = migration("1", "users", text="SELECT 'not in a log'")
    assert str(one) == "chat/V1__users.sql"
    assert "not in a log" not in repr(one)
