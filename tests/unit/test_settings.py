"""Options before environment before pyproject.toml."""

import argparse
from pathlib import Path

import pytest

from whimbrel.commands._options import read_settings
from whimbrel.errors import ConfigurationError
from whimbrel.url import parse_url

TABLE = """
[tool.whimbrel]
url = "sqlite:///table.db"
sql = ["sql/auth", "sql/chat"]
databases = ["sqlite", "mysql"]
schema = "of_table"
"""


def arguments(
    url: str = "", sql: list[str] | None = None, databases: list[str] | None = None, schema: str = ""
) -> argparse.Namespace:
    return argparse.Namespace(url=parse_url(url) if url else None, sql=sql, databases=databases, schema=schema)


def test_the_table_is_used_where_nothing_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    settings = read_settings(arguments(), tmp_path, {})
    assert settings.url.database == "table.db"
    assert settings.folders == (f"{tmp_path}/sql/auth", f"{tmp_path}/sql/chat")
    assert (settings.databases, settings.schema) == (("sqlite", "mysql"), "of_table")


def test_the_environment_comes_before_the_table_and_an_option_before_both(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    environment = {"DATABASE_URL": "sqlite:///environment.db"}
    assert read_settings(arguments(), tmp_path, environment).url.database == "environment.db"
    given = arguments("sqlite:///option.db", ["here"], ["mariadb"], "of_option")
    settings = read_settings(given, tmp_path, environment)
    assert (settings.url.database, settings.folders) == ("option.db", ("here",))
    assert (settings.databases, settings.schema) == (("mariadb",), "of_option")


def test_databases_and_schema_may_be_left_out(tmp_path: Path) -> None:
    settings = read_settings(arguments("sqlite://", ["here"]), tmp_path, {})
    assert (settings.databases, settings.schema) == ((), "")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "no database given; pass --url, or set DATABASE_URL"),
        ('[tool.other]\nurl = "sqlite://"', "no database given; pass --url, or set DATABASE_URL"),
        (
            '[tool.whimbrel]\nurl = "sqlite://"',
            "no folder of migrations given; pass --sql DIR, or set sql in [tool.whimbrel] of pyproject.toml",
        ),
        (
            '[tool.whimbrel]\nsqls = ["a"]\nb = 1',
            "{path}: unknown in [tool.whimbrel]: b, sqls; known are url, sql, databases, schema, directives, "
            "drift-ignore, parity, proof, lint, servers",
        ),
        (
            '[tool.whimbrel]\nurl = "sqlite://"\nsql = "sql/auth"',
            'sql in [tool.whimbrel] must be a list of strings, as in sql = ["..."]',
        ),
        (
            '[tool.whimbrel]\nurl = "sqlite://"\nsql = ["a"]\ndatabases = [1]',
            'databases in [tool.whimbrel] must be a list of strings, as in databases = ["..."]',
        ),
        (
            '[tool.whimbrel.lint]\nL05 = "loud"',
            '[tool.whimbrel.lint] must have a level for each code, as in L05 = "off"; levels are error, warning, note, off',
        ),
        (
            '[tool.whimbrel]\nurl = "sqlite://"\nsql = ["a"]\ndatabases = ["oracle", "db2"]',
            "unknown database db2, oracle; known are postgresql, mysql, mariadb, sqlite",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_said(tmp_path: Path, table: str, message: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(table)
    with pytest.raises(ConfigurationError) as caught:
        read_settings(arguments(), tmp_path, {})
    assert str(caught.value) == message.replace("{path}", str(path))


@pytest.mark.parametrize("content", [b"[tool.whimbrel", b'[tool.whimbrel]\nurl = "\xff"'])
def test_a_pyproject_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_settings(arguments(), tmp_path, {})
    assert str(caught.value).startswith(f"{tmp_path}/pyproject.toml: ")


def test_a_pyproject_that_says_nothing_of_us_is_not_ours_to_judge(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other\n")
    assert read_settings(arguments("sqlite:///a.db", ["sql"]), tmp_path, {}).folders == ("sql",)
