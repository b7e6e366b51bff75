"""The queries that read a schema of PostgreSQL name the schema of everything in them, for each version of the server."""

import pytest

from tests.oracles.full_names import unqualified
from whimbrel.schema.postgresql.linked_sql import linked_question
from whimbrel.schema.postgresql.presence import Present, presence_sql
from whimbrel.schema.postgresql.question import KINDS, question


@pytest.mark.parametrize("version", range(13, 20))
def test_the_query_of_a_schema_names_everything_in_full(version: int) -> None:
    # The queries treat this schema as if it had all kinds of objects.
    everything = question(Present(version, "pg_catalog", 11, frozenset()))
    left_out = {"not null"} if version < 18 else set()
    assert {kind for kind in KINDS if f"'{kind}' AS kind" in everything} == {*KINDS} - left_out
    assert unqualified(everything) == []
    for word in ("r", "v", "S", "f", "pg_proc", "pg_type", "pg_opclass", "exclusion"):
        assert unqualified(question(Present(version, "public", 2200, frozenset([word])))) == []


def test_the_queries_before_and_after_it_name_everything_in_full() -> None:
    assert unqualified(presence_sql("it's")) == []
    assert unqualified(linked_question([(1259, "1")], [(1259, "1"), (1247, "2")])) == []
