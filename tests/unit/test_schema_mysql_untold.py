"""MySQL and MariaDB: the parts of a CREATE TABLE that no view of information_schema shows."""

import pytest

from whimbrel.parsing.lexer_rules import MARIADB, MYSQL
from whimbrel.schema.drifting import find_drift
from whimbrel.schema.model import Schema, Table
from whimbrel.schema.mysql.untold import has_untold_parts, read_options, untold_options

PLAIN = """CREATE TABLE `t` (
  `id` int unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s',
  `a` varchar(40) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'x',
  `b` datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) /*!80023 INVISIBLE */,
  `g` int GENERATED ALWAYS AS ((`id` + 1)) STORED,
  PRIMARY KEY (`id`) USING BTREE,
  UNIQUE KEY `u` (`a`(3) DESC),
  CONSTRAINT `c` CHECK ((`id` BETWEEN 1 AND 9)) /*!80016 NOT ENFORCED */,
  CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `p` (`id`) ON DELETE SET NULL ON UPDATE NO ACTION
) {0}ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin{1} COMMENT='KEY_BLOCK_SIZE=4'"""
PARTITIONS = "\n/*!50100 PARTITION BY RANGE (`id`)\n(PARTITION p0 VALUES LESS THAN ({0}){1} ENGINE = InnoDB) */"


@pytest.mark.parametrize(
    ("tail", "told", "untold"),
    [
        ("", "", {}),
        (" CONNECTION='x'", "", {"CONNECTION": "CONNECTION='x'"}),
        (" KEY_BLOCK_SIZE=8 ROW_FORMAT=COMPRESSED", "row_format=COMPRESSED KEY_BLOCK_SIZE=8", {}),
        (" INSERT_METHOD=LAST UNION=(`a`,`b`)", "", {"INSERT_METHOD": "INSERT_METHOD=LAST", "UNION": "UNION=(`a`,`b`)"}),
        (" DATA DIRECTORY='/a' INDEX DIRECTORY='/b'", "DATA DIRECTORY='/a'", {"INDEX DIRECTORY": "INDEX DIRECTORY='/b'"}),
        (" `page_compressed`='1'", "`page_compressed`='1'", {}),
        (" `of_an_engine`='1'", "", {"OF_AN_ENGINE": "`of_an_engine`='1'"}),
        (" SECONDARY_ENGINE=rapid", 'SECONDARY_ENGINE="rapid" SECONDARY_LOAD="0"', {}),
    ],
)
def test_options_that_no_view_tells_of_are_found(tail: str, told: str, untold: dict[str, str]) -> None:
    text = PLAIN.format("", tail)
    assert untold_options(text.encode(), read_options(told), MARIADB) == untold
    assert not has_untold_parts(text.encode(), MARIADB)


def test_options_before_the_engine_are_found() -> None:
    text = PLAIN.format("/*!50100 TABLESPACE `ts` */ /*!80023 AUTOEXTEND_SIZE=4194304 */ ", "").encode()
    assert untold_options(text, {}, MYSQL) == {"TABLESPACE": "TABLESPACE `ts`", "AUTOEXTEND_SIZE": "AUTOEXTEND_SIZE=4194304"}
    assert not has_untold_parts(text, MYSQL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("USING BTREE", "USING BTREE KEY_BLOCK_SIZE=4"),
        ("(`a`(3) DESC)", "(`a`(3)) /*!50100 WITH PARSER `ngram` */"),
        ("`g` int", "`g` int /*!50606 STORAGE DISK */"),
        ("`g` int", "`g` int NOT SECONDARY"),
        ("`g` int", "`g` int `of_an_engine`='1'"),
        ("  PRIMARY", "  PERIOD FOR `p` (`s`, `e`),\n  PRIMARY"),
        ("ENGINE=InnoDB", "UNHEARD OF ENGINE=InnoDB"),
        ("UNIQUE KEY", "VECTOR KEY"),
    ],
)
def test_parts_that_no_view_tells_of_are_found(before: str, after: str) -> None:
    text = PLAIN.format("", "")
    assert before in text
    assert has_untold_parts(text.replace(before, after).encode(), MYSQL)


@pytest.mark.parametrize(("option", "untold"), [("", False), (" MAX_ROWS = 7", True), (" DATA DIRECTORY = '/a'", True)])
def test_options_of_partitions_are_found(option: str, untold: bool) -> None:
    assert has_untold_parts((PLAIN.format("", "") + PARTITIONS.format(1, option)).encode(), MYSQL) == untold


def test_partitions_in_the_text_of_a_table_are_no_drift() -> None:
    def told(before: str, after: str) -> list[str]:
        one, other = (Schema(database="mysql", name="", tables=(_table(text),)) for text in (before, after))
        return [str(one) for one in find_drift(one, other)]

    text = PLAIN.format("", "")
    assert told(text + PARTITIONS.format(1, " MAX_ROWS = 7"), text + PARTITIONS.format(9, " MAX_ROWS = 7")) == []
    assert (
        len(told(text + PARTITIONS.format(1, ""), text.replace("`g` int", "`g` int NOT SECONDARY") + PARTITIONS.format(1, "")))
        == 1
    )


def _table(text: str) -> Table:
    return Table(name="t", columns=(), partitioning="RANGE (`id`)", native=text)
