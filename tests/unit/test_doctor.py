"""The findings of doctor from the facts about a server."""

import pytest

from whimbrel import Check, Diagnosis
from whimbrel.commands.doctor import _options
from whimbrel.dialects.diagnosis import Facts, Grant, Tls, failed, fine, judge_clock, judge_grants, judge_tls, warned
from whimbrel.dialects.mysql import doctor as mysql
from whimbrel.dialects.postgresql import doctor as postgresql
from whimbrel.dialects.sqlite import doctor as sqlite
from whimbrel.url import parse_url

REMOTE, LOCAL = parse_url("postgresql://a@db.example/d"), parse_url("postgresql://a@127.0.0.1/d")


@pytest.mark.parametrize(
    ("tls", "url", "level", "told"),
    [
        (None, LOCAL, "ok", "no TLS, to a server on this machine"),
        (None, REMOTE, "warning", "no TLS"),
        (Tls("TLSv1.3", True, True), REMOTE, "ok", "TLSv1.3; the certificate and the name in it are verified"),
        (Tls("TLSv1.3", True, False), REMOTE, "warning", "the certificate is verified, but not the name in it"),
        (Tls("TLSv1.2", False, False), REMOTE, "warning", "the certificate is not verified"),
        (Tls("TLSv1.3", False, False), LOCAL, "ok", "the certificate is not verified"),
    ],
)
def test_encryption(tls: Tls | None, url: object, level: str, told: str) -> None:
    found = judge_tls(tls, url)  # type: ignore[arg-type]
    assert (found.level, told in found.told, bool(found.advice)) == (level, True, level == "warning")


@pytest.mark.parametrize(
    ("clock", "level", "told"),
    [
        (100.5, "ok", "agrees"),
        (96.0, "ok", "agrees"),
        (94.0, "warning", "6 s behind this"),
        (107.0, "warning", "6 s ahead of this"),
    ],
)
def test_the_clock(clock: float, level: str, told: str) -> None:
    found = judge_clock(clock, 100.0, 101.0)
    assert (found.level, told in found.told) == (level, True)


def levels(checks: list[Check]) -> dict[str, str]:
    return {one.name: one.level for one in checks if one.level != "ok"}


@pytest.mark.parametrize(
    ("version", "settings", "expected", "told"),
    [
        ("18.1", {}, {}, "PostgreSQL 18.1"),
        ("17.2 (Debian 17.2-1)", {"statement_timeout": "0", "fsync": "on"}, {}, "PostgreSQL 17.2"),
        ("13.9", {}, {"server": "warning"}, "no longer supported"),
        ("18.1", {"standby": "true"}, {"writes": "error"}, "standby"),
        ("18.1", {"default_transaction_read_only": "on", "user": 'a"b'}, {"writes": "error"}, "read_only"),
        ("18.1", {"statement_timeout": "30000"}, {"settings": "warning"}, "statement_timeout is 30 s for this role"),
        ("18.1", {"lock_timeout": "5000"}, {"settings": "warning"}, "lock_timeout is 5 s"),
        ("18.1", {"server_encoding": "LATIN1"}, {"settings": "warning"}, "LATIN1"),
        ("18.1", {"fsync": "off"}, {"settings": "warning"}, "fsync is off"),
        ("18.1", {"standard_conforming_strings": "off"}, {"settings": "warning"}, "backslashes"),
    ],
)
def test_postgresql(version: str, settings: dict[str, str], expected: dict[str, str], told: str) -> None:
    found = postgresql.judge(Facts("postgresql", version, settings))
    assert levels(found) == expected
    assert any(told in one.told for one in found)
    assert all(one.advice for one in found if one.level != "ok")


def test_a_pooler_is_named() -> None:
    found = postgresql.judge(Facts("postgresql", "18.1", {}, via="a pooler in transaction mode"))
    assert levels(found) == {"pooler": "warning"}


@pytest.mark.parametrize(
    ("server", "version", "settings", "expected"),
    [
        ("mysql", "8.4.3", {}, {}),
        ("mysql", "5.7.44", {}, {"server": "warning"}),
        ("mariadb", "10.11.6-MariaDB-log", {}, {}),
        ("mariadb", "10.5.1-MariaDB", {}, {"server": "warning"}),
        ("mysql", "9.1.0", {"super_read_only": "ON", "read_only": "ON"}, {"writes": "error"}),
        ("mysql", "9.1.0", {"max_allowed_packet": "1048576"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"charset": "latin1"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"default_storage_engine": "MyISAM"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"foreign_key_checks": "OFF"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"innodb_flush_log_at_trx_commit": "2"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"innodb_force_recovery": "1"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"log_bin": "ON", "log_bin_trust_function_creators": "OFF"}, {"settings": "warning"}),
        ("mysql", "9.1.0", {"log_bin": "ON", "log_bin_trust_function_creators": "ON"}, {}),
        ("mariadb", "11.4.2-MariaDB", {"max_statement_time": "0.000000"}, {}),
        ("mariadb", "11.4.2-MariaDB", {"max_statement_time": "20.000000"}, {"settings": "warning"}),
    ],
)
def test_mysql(server: str, version: str, settings: dict[str, str], expected: dict[str, str]) -> None:
    found = mysql.judge(Facts(server, version, settings))
    assert levels(found) == expected
    assert all(one.advice for one in found if one.level != "ok")


ALL = {*mysql.ESSENTIAL, *mysql.USUAL}


@pytest.mark.parametrize(
    ("grants", "held", "pattern"),
    [
        ([], set(), "ch\\_t"),
        (["GRANT USAGE ON *.* TO `u`@`%`"], set(), "ch\\_t"),
        (["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"], ALL, "ch\\_t"),
        (["GRANT ALL PRIVILEGES ON `ch_t`.* TO `u`@`%`"], ALL, "ch_t"),
        (["GRANT ALL PRIVILEGES ON `ch\\_t`.* TO `u`@`%`"], ALL, "ch\\_t"),
        (['GRANT ALL PRIVILEGES ON "ch%".* TO "u"@"%"'], ALL, "ch%"),
        (["GRANT ALL PRIVILEGES ON `chat`.* TO `u`@`%`", "GRANT ALL PRIVILEGES ON `ch_`.* TO `u`@`%`"], set(), "ch\\_t"),
        (["GRANT ALL PRIVILEGES ON `ch_t`.`one` TO `u`@`%`"], set(), "ch\\_t"),
        (
            ["GRANT SELECT, INSERT ON *.* TO `u`@`%`", "GRANT UPDATE ON `ch_t`.* TO `u`@`%`"],
            {"SELECT", "INSERT", "UPDATE"},
            "ch_t",
        ),
        # The most specific pattern alone counts.
        (["GRANT SELECT ON `ch_t`.* TO `u`@`%`", "GRANT DROP ON `ch\\_t`.* TO `u`@`%`"], {"DROP"}, "ch\\_t"),
        (["GRANT SELECT ON `ch_t`.* TO `u`@`%`", "GRANT DROP ON `c%`.* TO `u`@`%`"], {"SELECT"}, "ch_t"),
        (["GRANT `writer`@`%` TO `u`@`%`"], set(), "ch\\_t"),
    ],
)
def test_the_rights_of_a_mysql_user(grants: list[str], held: set[str], pattern: str) -> None:
    found, spelled = mysql.find_rights(grants, "ch_t")
    assert (found & ALL, spelled) == (held, pattern)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"file": "/d/a.db", "is_missing": "0", "file_is_writable": "1", "folder_is_writable": "1"}, {}),
        ({"file": "/d/a.db", "is_missing": "1", "file_is_writable": "1", "folder_is_writable": "1"}, {}),
        ({"file": "/d/a.db", "is_missing": "0", "file_is_writable": "0", "folder_is_writable": "1"}, {"writes": "error"}),
        ({"file": "/d/a.db", "is_missing": "1", "file_is_writable": "1", "folder_is_writable": "0"}, {"writes": "error"}),
        ({"encoding": "UTF-16le"}, {"settings": "warning"}),
    ],
)
def test_sqlite(settings: dict[str, str], expected: dict[str, str]) -> None:
    assert levels(sqlite.judge(Facts("sqlite", "3.50.1", settings))) == expected


def test_a_right_that_is_missing_has_its_statement() -> None:
    found = judge_grants([Grant("no CREATE", "run GRANT"), Grant("no TRIGGER", "run GRANT", essential=False)], complete="all")
    assert [(one.level, one.exit_code) for one in found] == [("error", 2), ("warning", 0)]
    assert judge_grants([], complete="all") == [fine("privileges", "all")]


def test_the_exit_code_is_that_of_the_first_error() -> None:
    assert Diagnosis((fine("a", "x"), warned("b", "y", "z"))).exit_code == 0
    found = Diagnosis((warned("b", "y", "z"), failed("lock", "held\nby \x1b", "wait", 5), failed("c", "d", "e")))
    assert found.exit_code == 5
    assert str(found).splitlines() == [
        "warning  b           y",
        "                     next: z",
        "error    lock        held",
        "                     by \\x1b",
        "                     next: wait",
        "error    c           d",
        "                     next: e",
        "2 errors, 1 warning",
    ]


def test_an_address_shows_no_option_that_may_hold_a_secret() -> None:
    url = parse_url("postgresql://a@b/d?sslmode=require&sslrootcert=c4n4ry&connect_timeout=3")
    assert _options(url) == ", connect_timeout=3, sslmode=require, sslrootcert is given"
