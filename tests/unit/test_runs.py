"""Batches of INSERT statements: the same statements as the splitter finds one by one."""

import pytest

from whimbrel.parsing.insert_batch import InsertBatch, find_insert_batch
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.parsing.splitter import split, statements_or_batches

DATABASES = ("postgresql", "mysql", "mariadb", "sqlite")
PLAIN = "INSERT INTO t VALUES (-1, 'a;''b', \"n\", 2/3);\n  insert into t values (2) ;\nINSERT INTO t VALUES (3);"
# Each of these ends a batch, or is not part of one.
OTHERS = (
    "INSERT INTO t VALUES (1); -- why\nINSERT INTO t VALUES (2);",
    "INSERT INTO t VALUES (E'a\\';b'); INSERT INTO t VALUES (2);",
    "INSERT INTO t VALUES ($$a;b$$); INSERT INTO t VALUES (2);",
    "INSERT INTO t VALUES (/* ; */ 1); INSERT INTO t VALUES (2);",
    "INSERT INTO t VALUES (1 -- ;\n); INSERT INTO t VALUES (2);",
    "INSERT INTO t VALUES ('open; INSERT INTO t VALUES (2);",
    "INSERT INTO `a;b` VALUES (1); INSERT INTO [c;d] VALUES (2);",
    "INSERT INTO t VALUES ('a\\'); INSERT INTO t VALUES ('c');",
)


@pytest.mark.parametrize("dialect", DATABASES)
def test_a_run_is_one_piece_and_split_yields_its_statements_with_their_places(dialect: str) -> None:
    rules = find_rules(dialect)
    (run,) = statements_or_batches(PLAIN, rules)
    assert isinstance(run, InsertBatch)
    assert (run.count, run.offset, run.line, run.column) == (3, 0, 1, 1)
    texts = ["INSERT INTO t VALUES (-1, 'a;''b', \"n\", 2/3)", "insert into t values (2) ", "INSERT INTO t VALUES (3)"]
    assert run.texts(rules) == texts
    places = [(one.text, one.offset, one.line, one.column) for one in split(PLAIN, rules)]
    assert places == [(texts[0], 0, 1, 1), (texts[1], PLAIN.index("insert"), 2, 3), (texts[2], PLAIN.rindex("INSERT"), 3, 1)]


@pytest.mark.parametrize("dialect", DATABASES)
@pytest.mark.parametrize("script", OTHERS)
def test_what_may_be_read_otherwise_is_no_part_of_a_run(dialect: str, script: str) -> None:
    rules, script = find_rules(dialect), f"INSERT INTO t VALUES (0);\n{script}"
    end, count = find_insert_batch(script, 0, rules)
    # The same script without batches: the INSERT is replaced by a word that no batch begins with.
    other = script.replace("INSERT", "UPSERT")
    assert [one.text for one in split(script, rules)] == [one.text.replace("UPSERT", "INSERT") for one in split(other, rules)]
    assert end == 0 or count > 0
