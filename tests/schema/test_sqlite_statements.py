"""The statements that SQLite keeps, read by the project's own lexer; and what cannot be written as SQL."""

import pytest

from whimbrel.errors import CannotRender
from whimbrel.schema.contract import find_inspector
from whimbrel.schema.model import Schema, Table
from whimbrel.schema.sqlite.statements import read_index, read_table, read_view
from whimbrel.schema.sqlite.types import read_default, read_type

SQLITE = find_inspector("sqlite")


def test_a_schema_of_another_database_is_refused() -> None:
    with pytest.raises(CannotRender, match="a schema of mysql cannot be written"):
        SQLITE.render(Schema(database="mysql", name="shop"))


def test_an_object_without_a_statement_is_named() -> None:
    with pytest.raises(CannotRender, match="no statement for orders"):
        SQLITE.render(Schema(database="sqlite", name="main", tables=(Table(name="orders", columns=()),)))


@pytest.mark.parametrize(
    ("declared", "family", "native"),
    [
        ("VARCHAR(36)", "text", (36, None, None)),
        ("character varying (70)", "text", (70, None, None)),
        ("CLOB", "text", (None,) * 3),
        ("DECIMAL( 10 , 2 )", "decimal", (None, 10, 2)),
        ("NUMERIC(8)", "decimal", (None, 8, 0)),
        ("NUMERIC", "decimal", (None,) * 3),
        ("UNSIGNED BIG INT", "integer", (None,) * 3),
        ("TIMESTAMP WITH TIME ZONE", "timestamp", (None,) * 3),
        ("VARBINARY(16)", "bytes", (16, None, None)),
        ("ENUM('a','b')", "enum", (None,) * 3),
        ("MYINTTYPE", "integer", (None,) * 3),
        ("", "other", (None,) * 3),
        ("GUID", "other", (None,) * 3),
    ],
)
def test_a_declared_type_has_its_family(declared: str, family: str, native: tuple[int | None, ...]) -> None:
    found = read_type(declared, strict=False)
    assert (found.family, found.length, found.precision, found.scale) == (family, *native)
    assert not found.enforced


@pytest.mark.parametrize(
    ("declared", "bits"), [("SMALLINT", 16), ("INT", 32), ("BIGINT", 64), ("BIG INT", 64), ("TINYINT(1)", 8), ("REAL", 64)]
)
def test_a_number_has_the_width_that_other_databases_give_it(declared: str, bits: int) -> None:
    assert read_type(declared, strict=False).bits == bits


@pytest.mark.parametrize("declared", ["INT", "INTEGER"])
def test_a_strict_table_has_whole_numbers_of_64_bits(declared: str) -> None:
    found = read_type(declared, strict=True)
    assert (found.bits, found.enforced) == (64, True)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("NULL", "null", ""),
        ("'it''s'", "literal", "it's"),
        ('"text"', "literal", "text"),
        ("word", "literal", "word"),
        ("-1.5", "literal", "-1.5"),
        ("- 2", "literal", "-2"),
        ("+3", "literal", "3"),
        ("0x1F", "literal", "0x1F"),
        ("1e-5", "literal", "1e-5"),
        (".5", "literal", ".5"),
        ("x'CAFE'", "literal", "\\xcafe"),
        ("TRUE", "literal", "1"),
        ("current_timestamp", "now", ""),
        ("datetime('now')", "now", ""),
        ("datetime('now', '+1 day')", "expression", ""),
        ("1 + 2", "expression", ""),
        ("'a' || 'b'", "expression", ""),
        ("random()", "expression", ""),
        ("1 2", "expression", ""),
    ],
)
def test_a_default_has_its_class_and_value(text: str, kind: str, value: str) -> None:
    found = read_default(text, "text")
    assert (found.kind, found.value, found.native) == (kind, value, text)


@pytest.mark.parametrize(
    ("text", "value"), [("1", "true"), ("0", "false"), ("'t'", "true"), ("FALSE", "false"), ("True", "true")]
)
def test_a_default_of_a_truth_value_is_a_word(text: str, value: str) -> None:
    assert read_default(text, "boolean").value == value


def test_constraints_keep_their_names_and_texts() -> None:
    table = read_table(
        "CREATE TABLE [a(b] (id INT CONSTRAINT one PRIMARY KEY ON CONFLICT FAIL, -- note, here\n"
        "  b TEXT COLLATE 'nocase' CONSTRAINT \"two\" CHECK (b <> ')' /* ( */) "
        "REFERENCES u(x) DEFERRABLE INITIALLY DEFERRED NOT NULL,\n"
        "  CONSTRAINT three UNIQUE (b COLLATE NOCASE DESC, ((id))) CHECK (1) FOREIGN KEY (b, id) REFERENCES v ON DELETE SET NULL)"
    )
    assert [(one.name, one.columns, one.native) for one in table.keys] == [
        ("one", ("id",), "PRIMARY KEY ON CONFLICT FAIL"),
        ("three", ("b", "id"), "UNIQUE (b COLLATE NOCASE DESC, ((id)))"),
    ]
    assert [(one.name, one.expression) for one in table.checks] == [("two", "b <> ')' /* ( */"), ("", "1")]
    assert [(one.columns, one.table, one.to_columns, one.on_delete, one.deferral) for one in table.foreign_keys] == [
        (("b",), "u", ("x",), "no action", "initially deferred"),
        (("b", "id"), "v", (), "set null", ""),
    ]
    assert table.columns[1].collation == "nocase"


def test_a_key_is_deferred_by_a_clause_that_follows_later() -> None:
    table = read_table("CREATE TABLE t (a REFERENCES u NOT NULL DEFERRABLE INITIALLY DEFERRED, b REFERENCES u NOT DEFERRABLE)")
    assert [one.deferral for one in table.foreign_keys] == ["initially deferred", ""]


def test_an_index_has_expressions_and_a_condition() -> None:
    found = read_index("CREATE INDEX i ON t (lower(a, ')') COLLATE NOCASE DESC, \"b,\" ASC) WHERE a > '(' -- rest")
    assert found.parts == ("lower(a, ')') COLLATE NOCASE", '"b,"')
    assert found.predicate == "a > '(' -- rest"


def test_a_view_has_its_query() -> None:
    assert read_view('CREATE VIEW "as" (a, "as") AS SELECT 1, 2') == "SELECT 1, 2"
