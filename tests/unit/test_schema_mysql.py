"""The texts of MySQL's and MariaDB's catalogs as data: types, collations, defaults, expressions, qualified names."""

import pytest

from whimbrel.parsing.lexer_rules import MARIADB, MYSQL
from whimbrel.schema.column import Collation, Default, Type
from whimbrel.schema.model import ForeignKey, Opaque, Routine, Schema, Table, View
from whimbrel.schema.mysql.expressions import mariadb_default, mysql_default, mysql_expression, quoted_text
from whimbrel.schema.mysql.names import Unqualified, unqualify
from whimbrel.schema.mysql.render import rendered
from whimbrel.schema.mysql.table_text import foreign_rules, literal_defaults, table_text
from whimbrel.schema.mysql.types import read_collation, read_type

INT = read_type("int")
TEXT = read_type("varchar(20)")


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("int", Type(family="integer", native="int", bits=32)),
        ("int(10) unsigned", Type(family="integer", native="int(10) unsigned", bits=32, unsigned=True)),
        ("bigint(20) unsigned zerofill", Type(family="integer", native="bigint(20) unsigned zerofill", bits=64, unsigned=True)),
        ("tinyint(1)", Type(family="boolean", native="tinyint(1)", bits=8)),
        ("tinyint(1) unsigned", Type(family="integer", native="tinyint(1) unsigned", bits=8, unsigned=True)),
        ("decimal(5,2)", Type(family="decimal", native="decimal(5,2)", precision=5, scale=2)),
        ("float", Type(family="float", native="float", bits=32)),
        ("double(8,2)", Type(family="float", native="double(8,2)", bits=64, precision=8, scale=2)),
        ("bit(10)", Type(family="bits", native="bit(10)", length=10)),
        ("char(36)", Type(family="text", native="char(36)", length=36, fixed=True)),
        ("varchar(9) /*M!100301 COMPRESSED*/", Type(family="text", native="varchar(9) /*M!100301 COMPRESSED*/", length=9)),
        ("text", Type(family="text", native="text", length=65535)),
        ("longtext", Type(family="text", native="longtext")),
        ("binary(16)", Type(family="bytes", native="binary(16)", length=16, fixed=True)),
        ("datetime", Type(family="timestamp", native="datetime", fraction=0)),
        ("timestamp(6)", Type(family="timestamp", native="timestamp(6)", fraction=6, zoned=True)),
        ("time(2)", Type(family="time", native="time(2)", fraction=2)),
        ("year(4)", Type(family="year", native="year(4)")),
        ("vector(3)", Type(family="other", native="vector(3)")),
        ("enum('a','b''c','d,e')", Type(family="enum", native="enum('a','b''c','d,e')", values=("a", "b'c", "d,e"))),
        (r"set('x\\y','n\nl')", Type(family="set", native=r"set('x\\y','n\nl')", values=("x\\y", "n\nl"))),
    ],
)
def test_a_type_is_read_from_its_text(native: str, expected: Type) -> None:
    assert read_type(native) == expected


@pytest.mark.parametrize(
    ("name", "case", "accent", "padded"),
    [
        ("utf8mb4_0900_ai_ci", False, False, False),
        ("utf8mb4_0900_as_cs", True, True, False),
        ("utf8mb4_general_ci", False, False, True),
        ("utf8mb4_bin", True, True, True),
        ("utf8mb4_nopad_bin", True, True, False),
        ("utf8mb4_0900_bin", True, True, False),
        ("binary", True, True, False),
        ("utf8mb4_cs_0900_ai_ci", False, None, False),
        ("utf8mb4_cs_0900_as_cs", True, True, False),
        ("latin1_swedish_ci", False, False, True),
        ("latin1_general_ci", False, None, True),
        ("latin1_general_cs", True, True, True),
        ("utf8mb4_uca1400_nopad_as_ci", False, True, False),
    ],
)
def test_a_collations_name_says_which_texts_are_equal(name: str, case: bool, accent: bool | None, padded: bool) -> None:
    assert read_collation(name) == Collation(name=name, case_sensitive=case, accent_sensitive=accent, padded=padded)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("(`a` > 1)", "(`a` > 1)"),
        (r"concat(_utf8mb4\'it\\\'s\')", r"concat(_utf8mb4'it\'s')"),
        (r"_utf8mb4\'a\\nb\'", r"_utf8mb4'a\nb'"),
        ("_utf8mb4\\'Ã©ð\x9f\x98\x80\\'", "_utf8mb4'é😀'"),
        ("_utf8mb4\\'é\\'", "_utf8mb4'é'"),
    ],
)
def test_an_expression_of_mysql_is_unescaped(told: str, text: str) -> None:
    assert mysql_expression(told) == text


@pytest.mark.parametrize(
    ("told", "native", "generated", "expected"),
    [
        (None, "int", False, None),
        ("5", "int", False, Default(kind="literal", native="'5'", value="5")),
        ("1", "tinyint(1)", False, Default(kind="literal", native="'1'", value="true")),
        ("it's \\", "varchar(9)", False, Default(kind="literal", native=r"'it''s \\'", value="it's \\")),
        ("b'101'", "bit(3)", False, Default(kind="literal", native="b'101'", value="101")),
        ("0x61", "binary(3)", False, Default(kind="literal", native="0x610000", value="610000")),
        ("0x61", "varbinary(3)", False, Default(kind="literal", native="0x61", value="61")),
        ("CURRENT_TIMESTAMP(6)", "datetime(6)", True, Default(kind="now", native="CURRENT_TIMESTAMP(6)")),
        ("now(6)", "datetime(6)", True, Default(kind="now", native="(now(6))")),
        (r"_utf8mb4\'a\'", "text", True, Default(kind="literal", native="(_utf8mb4'a')", value="a")),
        (r"concat(_utf8mb4\'a\',1)", "text", True, Default(kind="expression", native="(concat(_utf8mb4'a',1))")),
        ("uuid()", "char(36)", True, Default(kind="expression", native="(uuid())")),
        (
            "CURRENT_TIMESTAMP",
            "varchar(20)",
            False,
            Default(kind="literal", native="'CURRENT_TIMESTAMP'", value="CURRENT_TIMESTAMP"),
        ),
    ],
)
def test_a_default_of_mysql(told: str | None, native: str, generated: bool, expected: Default | None) -> None:
    assert mysql_default(told, read_type(native), generated=generated) == expected


@pytest.mark.parametrize(
    ("told", "native", "expected"),
    [
        (None, "int(11)", None),
        ("NULL", "int(11)", None),
        ("'NULL'", "varchar(9)", Default(kind="literal", native="'NULL'", value="NULL")),
        ("-1", "int(11)", Default(kind="literal", native="-1", value="-1")),
        ("1e-5", "double", Default(kind="literal", native="1e-5", value="1e-5")),
        ("0", "tinyint(1)", Default(kind="literal", native="0", value="false")),
        (r"'it''s \\'", "varchar(9)", Default(kind="literal", native=r"'it''s \\'", value="it's \\")),
        ("b'101'", "bit(3)", Default(kind="literal", native="b'101'", value="101")),
        ("current_timestamp(3)", "datetime(3)", Default(kind="now", native="current_timestamp(3)")),
        ("nextval(`s`)", "bigint(20)", Default(kind="sequence", native="nextval(`s`)")),
        ("uuid()", "char(36)", Default(kind="expression", native="uuid()")),
        ("(1 + 2)", "int(11)", Default(kind="expression", native="(1 + 2)")),
    ],
)
def test_a_default_of_mariadb(told: str | None, native: str, expected: Default | None) -> None:
    assert mariadb_default(told, read_type(native)) == expected


def test_a_text_is_quoted_without_an_introducer() -> None:
    assert quoted_text("it's \\ a\nb\0") == r"'it''s \\ a\nb\0'"


@pytest.mark.parametrize(
    ("text", "expected", "relations"),
    [
        ("select `app`.`t`.`id` AS `id` from `app`.`t`", "select `t`.`id` AS `id` from `t`", ("t",)),
        # The alias of a table is named like the database.
        ("select `app`.`id` AS `id` from `app`.`t` `app`", "select `app`.`id` AS `id` from `t` `app`", ("t",)),
        ("select `app`.`app`.`app` from `app`.`app`", "select `app`.`app` from `app`", ("app",)),
        ("select 1 from (`app`.`a` join `app`.`b` on((1 = 1)))", "select 1 from (`a` join `b` on((1 = 1)))", ("a", "b")),
        ("select `app`.`f`(1) AS `n`", "select `f`(1) AS `n`", ()),
        ("select '`app`.`t`' AS `x`", "select '`app`.`t`' AS `x`", ()),
        ("select `other`.`t`.`id` from `other`.`t`", "select `other`.`t`.`id` from `other`.`t`", ()),
        ("select extract(day from `app`.`d`) from `app`.`t` `app`", "select extract(day from `app`.`d`) from `t` `app`", ("t",)),
        ("select 1 where exists(select 1 from `app`.`u`)", "select 1 where exists(select 1 from `u`)", ("u",)),
        ("select 1 from `v`", "select 1 from `v`", ("v",)),
    ],
)
def test_a_view_loses_the_name_of_its_own_database(text: str, expected: str, relations: tuple[str, ...]) -> None:
    assert unqualify(text, "app", MYSQL) == Unqualified(expected, relations)


def test_an_expression_loses_the_name_of_its_own_database() -> None:
    assert unqualify("nextval(`app`.`s`)", "app", MARIADB, aliases=False).text == "nextval(`s`)"


SHOWN = {
    "Create Table": b"CREATE TABLE `t` (\n  `a` int DEFAULT 1,\n  `b` binary(2) DEFAULT '\xff\\0',\n"
    b"  `c` varchar(9) DEFAULT 0xC3A9,\n"
    b"  PERIOD FOR `p` (`s`, `e`),\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `u` (`id`) ON DELETE SET NULL,\n"
    b"  CONSTRAINT `g` FOREIGN KEY (`a`) REFERENCES `u` (`id`) ON UPDATE CASCADE\n) ENGINE=InnoDB AUTO_INCREMENT=7 COMMENT='x'"
}


def test_the_text_of_a_table_with_a_period_is_kept_without_its_counter() -> None:
    text = table_text(SHOWN, "app", MARIADB)
    assert "DEFAULT X'FF00'" in text
    assert text.endswith(") ENGINE=InnoDB COMMENT='x'")


def test_the_literals_and_actions_of_a_table_are_read_from_its_text() -> None:
    assert {name: token.text for name, token in literal_defaults(SHOWN, MARIADB).items()} == {"b": "'\udcff\\0'", "c": "0xC3A9"}
    assert foreign_rules(SHOWN, MARIADB) == {
        "f": {"delete_rule": "SET NULL", "update_rule": "RESTRICT"},
        "g": {"delete_rule": "RESTRICT", "update_rule": "CASCADE"},
    }


def test_tables_are_rendered_in_the_order_of_their_keys_and_circles_are_closed_at_the_end() -> None:
    def key(name: str, table: str) -> ForeignKey:
        return ForeignKey(name=name, columns=("x",), table=table, to_columns=("id",))

    tables = (
        Table(name="a", columns=(), foreign_keys=(key("a_b", "b"),)),
        Table(name="b", columns=(), foreign_keys=(key("b_a", "a"), key("b_c", "c"))),
        Table(name="c", columns=(), foreign_keys=(key("c_c", "c"),)),
    )
    heads = [statement.split("\n")[0][:40] for statement in rendered(Schema(database="mysql", name="", tables=tables))]
    assert heads == [
        "CREATE TABLE `c` (",
        "CREATE TABLE `a` (",
        "CREATE TABLE `b` (",
        "ALTER TABLE `a` ADD CONSTRAINT `a_b` FOR",
    ]


def test_settings_are_changed_where_an_object_needs_others() -> None:
    modes = [("sql_mode = 'A'",), ("sql_mode = 'A'",), ("sql_mode = 'B'",)]
    routines = tuple(
        Routine(name=str(number), signature="", kind="function", native=f"CREATE {number}", session=mode)
        for number, mode in enumerate(modes)
    )
    view = View(name="v", definition="select 1", session=("collation_connection = 'c'",))
    assert rendered(Schema(database="mariadb", name="", routines=routines, views=(view,))) == [
        "SET SESSION sql_mode = 'A'",
        "CREATE 0",
        "CREATE 1",
        "SET SESSION sql_mode = 'B'",
        "CREATE 2",
        "SET SESSION collation_connection = 'c', sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
        "CREATE VIEW `v` AS select 1",
    ]


def test_views_are_rendered_after_those_they_read() -> None:
    views = (View(name="a", definition="select 1 from `b`"), View(name="b", definition="select 1 from `c`"))
    assert [one.split("`")[1] for one in rendered(Schema(database="mysql", name="", views=views))] == ["b", "a"]


def test_an_unseen_object_is_named() -> None:
    opaque = Opaque(kind="unseen", name="triggers", native="")
    with pytest.raises(Exception, match="may not see all of the schema: triggers"):
        rendered(Schema(database="mysql", name="", opaques=(opaque,)))
