"""Read the facts that doctor needs from MySQL and MariaDB, and judge them. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import inf
from typing import NamedTuple

from whimbrel.dialects.base import Connection
from whimbrel.dialects.diagnosis import LEFT_OVER, Check, Facts, Grant, failed, fine, judge_grants, tls_of, warned
from whimbrel.dialects.mysql.connection import MysqlConnection

__all__ = ["ESSENTIAL", "USUAL", "find_rights", "judge", "read_facts"]

# From these versions on, one DDL statement is all or nothing: https://dev.mysql.com/doc/refman/9.7/en/atomic-ddl.html and
# https://mariadb.com/kb/en/atomic-ddl/
_ATOMIC = {"mysql": (8, 0), "mariadb": (10, 6)}
_LEAST_PACKET = 4 * 1024 * 1024
_SHOWN = ("sql_mode", "time_zone", "gtid_mode")
_NAMES = (
    *_SHOWN,
    *("version", "read_only", "super_read_only", "wsrep_on", "max_allowed_packet", "default_storage_engine", "log_bin"),
    *("log_bin_trust_function_creators", "foreign_key_checks", "innodb_force_recovery", "innodb_flush_log_at_trx_commit"),
    *("max_statement_time", "innodb_read_only", "lower_case_table_names"),
)
ESSENTIAL = ("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE")
USUAL = ("ALTER", "DROP", "INDEX", "REFERENCES", "CREATE VIEW", "TRIGGER", "CREATE TEMPORARY TABLES")
_GRANT = r"GRANT (?P<rights>.+?) ON (?P<database>\*|`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\")\.\* TO "


async def read_facts(connection: Connection, schema: str) -> Facts:
    """Read the facts about the server of a connection, and the rights in a database. Raises DatabaseError."""
    assert isinstance(connection, MysqlConnection), "a dialect is given its own connections"
    names = ", ".join(f"'{name}'" for name in _NAMES)
    rows = await connection.fetch_all(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")
    settings = {row["Variable_name"]: row["Value"] for row in rows}
    own = await connection.fetch_one(
        "SELECT UNIX_TIMESTAMP(NOW(6)) AS clock, default_character_set_name AS charset, default_collation_name AS collation "
        "FROM information_schema.schemata WHERE schema_name = :schema",
        {"schema": schema},
    )
    settings |= {name: str(own[name]) for name in ("charset", "collation")} if own else {}
    cluster = settings.get("wsrep_on") == "ON"
    return Facts(
        connection.database,
        settings.get("version", ""),
        settings,
        tls=tls_of(connection._driver._writer.transport),
        via="a Galera cluster" if cluster else "",
        clock=float(own["clock"]) if own else None,
        grants=tuple(await _missing(connection, schema)),
        # In a cluster a lock concerns one node, or is refused.
        left_over=() if cluster else tuple(await _left_over(connection)),
    )


async def _left_over(connection: Connection) -> list[str]:
    rows = await connection.fetch_all("SHOW DATABASES LIKE 'whimbrel%'")
    names = [name for row in rows if LEFT_OVER.fullmatch(name := str(next(iter(row.values()))))]
    # A session that uses one holds a lock with its name.
    return [name for name in names if await connection.fetch_value("SELECT IS_FREE_LOCK(:name) AS free", {"name": name})]


async def _missing(connection: Connection, schema: str) -> list[Grant]:
    lines = [str(next(iter(row.values()))) for row in await connection.fetch_all("SHOW GRANTS")]
    held, pattern = find_rights(lines, schema)
    # A role's rights are not in the list, so nothing is certain.
    by_role = any(" ON " not in line for line in lines)
    user, _, host = str(await connection.fetch_value("SELECT CURRENT_USER() AS me")).rpartition("@")
    quote = connection.dialect.quote
    found = []
    for rights, essential in ((ESSENTIAL, True), (USUAL, False)):
        if wanted := [right for right in rights if right not in held]:
            statement = f"GRANT {', '.join(wanted)} ON {quote(pattern)}.* TO {quote(user)}@{quote(host)}"
            unless = ", unless a role gives them" if by_role else ""
            told = f"this user lacks {', '.join(wanted)} in {schema}{unless}"
            found.append(Grant(told, f"as a privileged user, run {statement}", essential and not by_role))
    return found


def find_rights(grants: Iterable[str], schema: str) -> tuple[set[str], str]:
    """Return the rights that a user has in a database by the lines of SHOW GRANTS, and the pattern by which to grant more.

    If several patterns match a database, the server applies only the most specific one. A grant with a more specific pattern
    would take rights away, so the advice grants more rights with the same pattern:
    https://dev.mysql.com/doc/refman/9.7/en/grant.html
    """
    everywhere: set[str] = set()
    matching: list[tuple[str, set[str]]] = []
    for line in grants:
        if found := re.match(_GRANT, line):
            rights = {right.strip().upper() for right in found["rights"].split(",")}
            rights = {*ESSENTIAL, *USUAL} if rights & {"ALL PRIVILEGES", "ALL"} else rights
            pattern = found["database"]
            if pattern == "*":
                everywhere |= rights
            elif _matches(pattern := _unquoted(pattern), schema):
                matching.append((pattern, rights))
    if not matching:
        return everywhere, re.sub(r"([_%])", r"\\\1", schema)
    pattern, rights = max(matching, key=lambda one: _literal_length(one[0]))
    return everywhere | rights, pattern


def _unquoted(name: str) -> str:
    return name[1:-1].replace(name[0] * 2, name[0])


def _parts(pattern: str) -> list[str]:
    """Return the characters of a pattern, in which % and _ are wildcards unless a backslash stands before them."""
    return re.findall(r"\\[_%\\]|.", pattern, re.DOTALL)


def _matches(pattern: str, schema: str) -> bool:
    known = {"%": ".*", "_": "."}
    return (
        re.fullmatch("".join(known.get(part) or re.escape(part[-1]) for part in _parts(pattern)), schema, re.DOTALL) is not None
    )


def _literal_length(pattern: str) -> float:
    """Return how many characters come before the first wildcard; infinity without one."""
    return next((index for index, part in enumerate(_parts(pattern)) if part in ("%", "_")), inf)


def judge(facts: Facts) -> list[Check]:
    """Judge the facts about a server."""
    name = "MariaDB" if facts.database == "mariadb" else "MySQL"
    told = f"{name} {facts.version}"
    old = warned("server", f"{told}, where a crash may leave a DDL statement half done", f"upgrade to {_oldest(facts)} or newer")
    checks = [fine("server", told) if facts.numbers >= _ATOMIC[facts.database] else old]
    if facts.via:
        checks.append(fine("cluster", f"{facts.via}: the migration lock is a lease in a table, whimbrel_lease"))
    closed = [one for one in ("read_only", "super_read_only", "innodb_read_only") if facts.is_on(one)]
    if closed:
        checks.append(failed("writes", f"{closed[-1]} is on: the server accepts no writes", "use the address of the primary"))
    else:
        checks.append(fine("writes", "the server accepts writes"))
    return [*checks, *_judge_settings(facts), *judge_grants(facts.grants, complete="all rights that a migration needs")]


def _oldest(facts: Facts) -> str:
    return ".".join(map(str, _ATOMIC[facts.database]))


class _Risk(NamedTuple):
    """A value of a setting that harms migrations. `{}` in `told` is the value."""

    setting: str
    is_there: Callable[[Facts], bool]
    told: str
    advice: str


_RISKS = (
    _Risk(
        "innodb_force_recovery",
        lambda facts: facts.seconds("innodb_force_recovery") > 0,
        "innodb_force_recovery is set: InnoDB refuses many writes",
        "set innodb_force_recovery = 0",
    ),
    _Risk(
        "max_allowed_packet",
        lambda facts: 0 < facts.seconds("max_allowed_packet") < _LEAST_PACKET,
        "max_allowed_packet is {} bytes: the server refuses longer statements",
        "set max_allowed_packet = 64M",
    ),
    _Risk(
        "charset",
        lambda facts: facts.settings.get("charset", "utf8mb4") != "utf8mb4",
        "the database's character set is {}: new tables cannot store every character",
        "for an empty database, the first run sets utf8mb4; otherwise convert the tables",
    ),
    _Risk(
        "default_storage_engine",
        lambda facts: facts.settings.get("default_storage_engine", "InnoDB").lower() != "innodb",
        "the default engine is {}: tables may lack transactions",
        "set default_storage_engine = InnoDB",
    ),
    _Risk(
        "foreign_key_checks",
        lambda facts: facts.settings.get("foreign_key_checks") == "OFF",
        "foreign_key_checks is off for the whole server: files for this database alone may leave rows without their parents",
        "set foreign_key_checks = ON",
    ),
    _Risk(
        "innodb_flush_log_at_trx_commit",
        lambda facts: facts.settings.get("innodb_flush_log_at_trx_commit", "1") != "1",
        "innodb_flush_log_at_trx_commit is not 1: a crash of the machine loses the last committed transactions",
        "set innodb_flush_log_at_trx_commit = 1",
    ),
    _Risk(
        "max_statement_time",
        lambda facts: facts.seconds("max_statement_time") > 0,
        "max_statement_time is {} s: the server ends a statement that takes longer",
        "set max_statement_time = 0 for the user of the migrations",
    ),
    _Risk(
        "log_bin_trust_function_creators",
        lambda facts: facts.is_on("log_bin") and not facts.is_on("log_bin_trust_function_creators"),
        "log_bin_trust_function_creators is off: to create functions and triggers, a user needs SUPER or SET_ANY_DEFINER",
        "set log_bin_trust_function_creators = 1 if migrations create them",
    ),
)


def _judge_settings(facts: Facts) -> list[Check]:
    settings = facts.settings
    found = [one for one in _RISKS if one.is_there(facts)]
    shown = ", ".join(f"{name} {settings[name] or 'empty'}" for name in (*_SHOWN, "charset", "collation") if name in settings)
    return [
        *(warned("settings", one.told.format(settings.get(one.setting)), one.advice) for one in found),
        fine("settings", shown),
    ]
