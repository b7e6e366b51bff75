"""Tables of PostgreSQL from combinations: types, defaults, keys, foreign keys, indexes, identities, partitions."""

from collections.abc import Iterator
from itertools import product

__all__ = ["generated_tables"]

# A type, a literal of it, and whether it has an order, which a key needs.
TYPES = (
    *(("smallint", "-3", True), ("integer", "7", True), ("bigint", "9000000000", True), ("real", "1.5", True)),
    *(
        ("double precision", "'NaN'", True),
        ("numeric", "1.50", True),
        ("numeric(7)", "12", True),
        ("numeric(10,2)", "-1.50", True),
    ),
    *(("numeric(7,-2)", "100", True), ("varchar", "'a'", True), ("varchar(36)", "''", True), ("char(5)", "'ab'", True)),
    *(("char", "'x'", True), ("text", "'it''s'", True), ("text", r"E'back\\slash'", True), ("bytea", r"'\xff00'", True)),
    *(
        ("date", "'2026-01-31'", True),
        ("time", "'12:00'", True),
        ("time(2)", "LOCALTIME", True),
        ("timetz", "CURRENT_TIME", True),
    ),
    *(("timestamp", "LOCALTIMESTAMP", True), ("timestamp(0)", "'2026-01-31 10:00'", True), ("timestamptz", "now()", True)),
    *(("timestamptz(3)", "CURRENT_TIMESTAMP", True), ("interval", "'1 day 02:00'", True), ("interval(2)", "'1 s'", True)),
    *(("interval day to second(3)", "'1'", True), ("interval year to month", "'1-2'", True), ("boolean", "true", True)),
    *(
        ("uuid", "gen_random_uuid()", True),
        ("json", "'{}'", False),
        ("jsonb", """'{"a": 1}'""", True),
        ("jsonpath", "'$.a'", False),
    ),
    *(("inet", "'10.0.0.1/8'", True), ("cidr", "'10.0.0.0/8'", True), ("macaddr", "'08:00:2b:01:02:03'", True)),
    *(("macaddr8", "'08:00:2b:01:02:03:04:05'", True), ("point", "'(1,2)'", False), ("line", "'{1,2,3}'", False)),
    *(("lseg", "'[(0,0),(1,1)]'", False), ("box", "'(1,1),(0,0)'", False), ("path", "'[(0,0),(1,1)]'", False)),
    *(("polygon", "'((0,0),(1,1))'", False), ("circle", "'<(0,0),1>'", False), ("bit", "B'1'", True), ("bit(3)", "B'101'", True)),
    *(("bit varying", "B''", True), ("bit varying(7)", "'101'", True), ("tsvector", "'a b'", True), ("tsquery", "'a & b'", True)),
    *(("money", "12.50", True), ("oid", "1259", True), ("name", "'n'", True), ('"char"', "'c'", True), ("pg_lsn", "'0/0'", True)),
    *(
        ("xid8", "'1'", True),
        ("regclass", "'pg_catalog.pg_class'", True),
        ("int4range", "'[1,5)'", True),
        ("nummultirange", "'{}'", True),
    ),
    *(("tstzrange", "'[2026-01-01 00:00+02,)'", True), ("integer[]", "'{1,2}'", True), ("text[][]", "ARRAY['a']", True)),
    *(("varchar(3)[]", "'{}'", True), ("tsmultirange", "'{}'", True), ("date[]", "ARRAY[CURRENT_DATE]", True)),
)
ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
DEFERRALS = ("", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "NOT ENFORCED")
INDEXES = (
    *(f"({{column}} {order} {nulls})" for order, nulls in product(("", "ASC", "DESC"), ("", "NULLS FIRST", "NULLS LAST"))),
    *("(a, b)", "(b, a DESC)", "(lower(b))", "((a + 1), b)", '(b COLLATE "C")', "(b text_pattern_ops)", "(a) INCLUDE (b, c)"),
    *("(a) WHERE a > 5", "(a) WHERE b IS NOT NULL AND c IN ('x', 'y')", "(a) WITH (fillfactor = 70)", "USING hash (b)"),
    *("USING brin (a) WITH (pages_per_range = 8)", "USING gin (d)", "USING gin (e jsonb_path_ops)", "USING gist (f)"),
    *("USING gist (f) INCLUDE (a)", "USING spgist (f)", "USING gin (d) WITH (fastupdate = off)", "(a) NULLS NOT DISTINCT"),
)
IDENTITIES = (
    "",
    "(START WITH 100)",
    "(INCREMENT BY -1)",
    "(MINVALUE 5 MAXVALUE 500 CYCLE)",
    "(CACHE 20)",
    "(SEQUENCE NAME {name}_own)",
)
BOUNDS = {
    "RANGE (a)": ("FROM (1) TO (10)", "FROM (MINVALUE) TO (1)", "FROM (10) TO (MAXVALUE)"),
    "LIST (a)": ("IN (1, 2)", "IN (NULL)"),
    "HASH (a)": ("WITH (MODULUS 2, REMAINDER 0)", "WITH (MODULUS 2, REMAINDER 1)"),
}


def generated_tables() -> list[str]:
    """Return the statements, for more than 200 tables."""
    return [*_typed(), *_linked(), *_indexed(), *_numbered(), *_partitioned()]


def _typed() -> Iterator[str]:
    for number, (kind, value, ordered) in enumerate(TYPES):
        name = f"typed_{number}"
        key = ", PRIMARY KEY (filled), UNIQUE (plain, preset)" if ordered else ""
        made = f", made {kind} GENERATED ALWAYS AS (plain) {'STORED' if number % 2 else 'VIRTUAL'}"
        columns = f"plain {kind}, filled {kind} NOT NULL, preset {kind} DEFAULT {value}, many {kind.removesuffix('[]')}[]"
        yield f"CREATE TABLE {name} ({columns}{made}{key}, CHECK (plain IS NOT NULL OR many IS NULL))"
        yield f"COMMENT ON COLUMN {name}.preset IS 'a {kind.replace(chr(39), '')}'"


def _linked() -> Iterator[str]:
    yield "CREATE TABLE target (a int, b int, c int UNIQUE, PRIMARY KEY (a, b))"
    for number, (update, delete, deferral) in enumerate(product(ACTIONS, ACTIONS, DEFERRALS)):
        match = "MATCH FULL" if number % 3 == 0 else ""
        only = " (a)" if delete in ("SET NULL", "SET DEFAULT") and number % 2 else ""
        link = f"FOREIGN KEY (a, b) REFERENCES target {match} ON UPDATE {update} ON DELETE {delete}{only} {deferral}"
        own = f"id int PRIMARY KEY, parent int REFERENCES linked_{number}" if number % 4 == 0 else "id int"
        yield f"CREATE TABLE linked_{number} (a int DEFAULT 0, b int, c int REFERENCES target (c), {own}, {link})"


def _indexed() -> Iterator[str]:
    for number, index in enumerate(INDEXES):
        yield f"CREATE TABLE indexed_{number} (a int, b text, c varchar(5), d int[], e jsonb, f point)"
        yield f"CREATE INDEX indexed_{number}_i ON indexed_{number} {index.format(column='b')}"
        if not index.startswith("USING"):
            yield f'CREATE UNIQUE INDEX "indexed {number} U" ON indexed_{number} {index.format(column="a")}'


def _numbered() -> Iterator[str]:
    for number, (options, when, kind) in enumerate(product(IDENTITIES, ("ALWAYS", "BY DEFAULT"), ("smallint", "bigint"))):
        name = f"numbered_{number}"
        if "-1" in options and kind == "smallint":
            options = "(INCREMENT BY -1 MINVALUE -50 START WITH -2)"
        yield f"CREATE TABLE {name} (id {kind} GENERATED {when} AS IDENTITY {options.format(name=name)}, old serial, x int)"


def _partitioned() -> Iterator[str]:
    for number, (clause, bounds) in enumerate(BOUNDS.items()):
        name = f"parted_{number}"
        columns = "id int NOT NULL, a int, b text DEFAULT 'x' CHECK (b <> '')"
        yield f"CREATE TABLE {name} ({columns}, UNIQUE (a, id)) PARTITION BY {clause}"
        yield f"CREATE INDEX {name}_b ON {name} (b)"
        for part, bound in enumerate(bounds):
            yield f"CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES {bound}"
        if not clause.startswith("HASH"):
            yield f"CREATE TABLE {name}_rest PARTITION OF {name} DEFAULT PARTITION BY HASH (id)"
