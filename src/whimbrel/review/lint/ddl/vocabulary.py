"""The names of types and functions whose meaning decides the facts about a statement, for each database. Pure data."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["VOCABULARIES", "Vocabulary"]


class Vocabulary(NamedTuple):
    """The words of one database.

    `aliases` maps other names of a type to one. `steady` functions return the same during a statement, `changing` ones differ
    from row to row. `numbering` types fill a column with numbers. `byte_limit` is the number of bytes above which the length of
    a text is stored in two bytes, and 0 where that does not matter.
    """

    aliases: dict[str, str]
    steady: frozenset[str]
    changing: frozenset[str]
    numbering: frozenset[str] = frozenset()
    byte_limit: int = 0


def _aliases(**names: str) -> dict[str, str]:
    return {alias.replace("_", " "): name.replace("_", " ") for name, aliases in names.items() for alias in aliases.split()}


# https://www.postgresql.org/docs/current/datatype.html
_POSTGRESQL = _aliases(
    smallint="int2",
    integer="int int4",
    bigint="int8",
    numeric="decimal dec",
    real="float4",
    double_precision="float8 float",
    varchar="character_varying char_varying",
    char="character bpchar",
    boolean="bool",
    timestamp="timestamp_without_time_zone",
    timestamptz="timestamp_with_time_zone",
    time="time_without_time_zone",
    timetz="time_with_time_zone",
    varbit="bit_varying",
)
# https://www.postgresql.org/docs/current/functions.html: CURRENT_TIMESTAMP and the like need no parentheses.
_NOW = "CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME LOCALTIME LOCALTIMESTAMP NOW"
_STEADY = (
    f"{_NOW} "
    "TRANSACTION_TIMESTAMP STATEMENT_TIMESTAMP CURRENT_USER SESSION_USER CURRENT_SCHEMA CURRENT_ROLE USER  CURRENT_SETTING "
    "TO_TIMESTAMP DATE_TRUNC TIMEZONE MAKE_INTERVAL MAKE_DATE LOWER UPPER TRIM LENGTH CONCAT COALESCE  NULLIF GREATEST "
    "LEAST ABS ROUND FLOOR CEIL MD5 ENCODE DECODE REPLACE SUBSTRING SUBSTR EXTRACT DATE_PART TO_CHAR JSONB_BUILD_OBJECT "
    "JSON_BUILD_OBJECT  JSONB_BUILD_ARRAY TO_TSVECTOR ARRAY DATE TIME SHA256"
)
_CHANGING = (
    "RANDOM GEN_RANDOM_UUID UUID_GENERATE_V4 UUID_GENERATE_V1 UUIDV4 UUIDV7 CLOCK_TIMESTAMP TIMEOFDAY NEXTVAL CURRVAL SETVAL "
    "GEN_RANDOM_BYTES"
)
# https://dev.mysql.com/doc/refman/9.7/en/data-types.html
_MYSQL = _aliases(
    int="integer int4",
    tinyint="bool boolean int1",
    smallint="int2",
    mediumint="int3 middleint",
    bigint="int8",
    decimal="numeric dec fixed",
    double="double_precision float8",
    float="float4",
    varchar="character_varying char_varying nvarchar national_varchar",
    char="character nchar national_char",
    mediumtext="long_varchar long",
    json="",
)
_MYSQL_STEADY = (
    "CURRENT_TIMESTAMP NOW LOCALTIME LOCALTIMESTAMP CURRENT_DATE CURDATE CURRENT_TIME CURTIME UTC_TIMESTAMP CONCAT LOWER UPPER "
    "JSON_ARRAY JSON_OBJECT CAST COALESCE IFNULL ABS ROUND DATE_ADD LENGTH CHAR_LENGTH MD5 SHA1 SHA2 HEX UNHEX YEAR DATE IF "
    "JSON_EXTRACT JSON_UNQUOTE JSON_VALUE SUBSTRING REPLACE TRIM"
)
_MYSQL_CHANGING = "UUID UUID_SHORT RAND SYSDATE UUID_TO_BIN SLEEP RANDOM_BYTES SYS_GUID"
_SQLITE_STEADY = (
    f"{_NOW} DATE TIME DATETIME STRFTIME JULIANDAY UNIXEPOCH LOWER UPPER COALESCE ABS ROUND JSON JSON_ARRAY JSON_OBJECT"
)
_SQLITE_CHANGING = "RANDOM RANDOMBLOB HEX"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_MYSQL = Vocabulary(_MYSQL, _words(_MYSQL_STEADY), _words(_MYSQL_CHANGING), _words("serial"), byte_limit=255)
VOCABULARIES = {
    "postgresql": Vocabulary(
        _POSTGRESQL,
        _words(_STEADY),
        _words(_CHANGING),
        _words("serial bigserial smallserial serial4 serial8 serial2"),
    ),
    "mysql": _OF_MYSQL,
    "mariadb": _OF_MYSQL,
    "sqlite": Vocabulary({}, _words(_SQLITE_STEADY), _words(_SQLITE_CHANGING)),
}
