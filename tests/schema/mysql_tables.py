"""Tables that use everything MySQL and MariaDB document, about 250, and objects of other kinds, as statements."""

from collections.abc import Iterator
from pathlib import Path

__all__ = ["objects", "tables"]

_FOLDER = Path(__file__).parent / "mysql"
# For each type, a default as SQL; None where the type takes no literal.
_COMMON = {
    "tinyint": "-7",
    "tinyint(1)": "1",
    "tinyint unsigned": "7",
    "smallint": "-300",
    "smallint unsigned zerofill": "300",
    "mediumint": "70000",
    "mediumint unsigned": "70000",
    "int": "0",
    "int(5) unsigned zerofill": "12",
    "int unsigned": "4000000000",
    "bigint": "-9223372036854775808",
    "bigint unsigned": "18446744073709551615",
    "decimal(5,2)": "1.50",
    "decimal(65,30)": "0",
    "decimal(10,0) unsigned": "12",
    "numeric(12,4)": "-1.25",
    "float": "1.5",
    "float(7,3)": "1.5",
    "double": "1e10",
    "double(8,2) unsigned": "0.25",
    "bit(1)": "b'1'",
    "bit(10)": "b'101'",
    "bit(64)": "b'0'",
    "char(1)": "'x'",
    "char(36)": "''",
    "varchar(1)": "'é'",
    "varchar(40)": r"'it''s \\ x \"y\"'",
    "varchar(191)": "'ab\ncd\te'",
    "varchar(300)": "' padded '",
    "varchar(20) character set latin1": "'é'",
    "varchar(20) character set utf8mb4 collate utf8mb4_bin": "'?'",
    "varchar(20) character set ascii": "'a'",
    "char(5) character set latin1 collate latin1_bin": "'a'",
    "tinytext": None,
    "text": None,
    "mediumtext": None,
    "longtext": None,
    "text character set latin1": None,
    "binary(1)": "'a'",
    "binary(16)": "X'00FF0061'",
    "varbinary(9)": "X'61FF0062'",
    "varbinary(100)": "'plain'",
    "tinyblob": None,
    "blob": None,
    "mediumblob": None,
    "longblob": None,
    "date": "'2020-02-29'",
    "time": "'10:00:00'",
    "time(6)": "'-10:00:00.123456'",
    "datetime": "'2020-01-01'",
    "datetime(3)": "current_timestamp(3)",
    "datetime(6)": "'1000-01-01 00:00:00.000001'",
    "timestamp": "current_timestamp",
    "timestamp(6)": "current_timestamp(6)",
    "year": "2020",
    "json": None,
    "enum('a','b''c','d,e','f)g','h\\\\i','é')": "'b''c'",
    "enum('one') character set latin1": "'one'",
    "set('x','y','z')": "'x,y'",
    "geometry": None,
    "point": None,
    "linestring": None,
    "polygon": None,
    "multipoint": None,
    "multilinestring": None,
    "multipolygon": None,
    "geometrycollection": None,
}
_ALONE: dict[str, dict[str, str | None]] = {
    "mysql": {"vector(3)": None},
    "mariadb": {"uuid": None, "inet6": "'::1'", "inet4": "'127.0.0.1'"},
}
_LONG = ("text", "blob", "json", "geometry", "point", "linestring", "polygon", "multi", "vector")


def tables(database: str) -> Iterator[str]:
    """Yield the statements in an order in which they run."""
    kinds = {**_COMMON, **_ALONE[database]}
    for number, (kind, default) in enumerate(kinds.items()):
        clause = "" if default is None else f" DEFAULT {default}"
        yield f"CREATE TABLE plain_{number:02} (id int, a {kind} NULL, b {kind} NOT NULL, c {kind} NULL COMMENT 'it''s \\\\ c')"
        yield f"CREATE TABLE given_{number:02} (a {kind} NULL{clause}, b {kind} NOT NULL{clause}, e int DEFAULT NULL)"
        if not any(part in kind for part in _LONG):
            keys = "PRIMARY KEY (a), UNIQUE KEY u (b), KEY both_ (a, b)"
            yield f"CREATE TABLE keyed_{number:02} (a {kind} NOT NULL, b {kind} NULL, {keys})"
    yield from _read("tables.sql")
    yield from _read(f"tables_{database}.sql")


def _read(name: str) -> list[str]:
    """The statements of a file, which are separated by lines with a semicolon."""
    return (_FOLDER / name).read_text().rstrip("\n").split("\n;\n")


def objects(database: str) -> Iterator[str]:
    """Yield objects that are not tables; they use the tables above."""
    yield from _read("objects.sql")
    yield from _read(f"objects_{database}.sql")
