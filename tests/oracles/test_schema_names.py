"""The query that reads a schema of PostgreSQL names the schema of everything in it, for each version of the server."""

import pytest

from tests.oracles.full_names import unqualified
from whimbrel.schema.postgresql.question import question


@pytest.mark.parametrize("version", range(13, 20))
def test_the_query_of_a_schema_names_everything_in_full(version: int) -> None:
    assert unqualified(question(version).replace(":schema", "$1")) == []
