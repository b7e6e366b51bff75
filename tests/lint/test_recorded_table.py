"""The tables of facts are what the servers still do: a part of each is recorded again, and compared form by form."""

import json

import pytest

from tests.lint.examples import load, reader
from tests.lint.record import FACTS, first_examples
from tests.lint.recording import Recorder, is_alone, without_size
from tests.servers import Server
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.review.lint.facts_table import find_table

# One of so many forms is recorded again. The whole table: `python -m tests.lint.record`.
STEP = 25


@pytest.mark.asyncio
async def test_a_form_has_the_recorded_facts(database: str, servers: dict[str, Server]) -> None:
    table = find_table(database, None)
    assert table is not None
    made, rules = reader(database), find_rules(database)
    alone = [one for one in first_examples(database, ()) if is_alone(made.read(one.statement.text, rules))]
    recorder = Recorder(database, "sqlite://" if database == "sqlite" else servers[database].url)
    again = await recorder.record([one for one in alone if one.form in table.forms][::STEP])
    found = {form: without_size(row["facts"]) for form, row in again.items()}
    assert found == {form: without_size(table.forms[form]["facts"]) for form in again}, f"recorded on {table.version}"
    assert len(again) >= 3


@pytest.mark.only("postgresql", "sqlite")
def test_every_form_of_the_examples_is_in_the_table(database: str) -> None:
    table = find_table(database, None)
    assert table is not None
    lacking = [one.form for one in first_examples(database, table.forms)]
    assert lacking == []


def test_every_table_is_written_in_a_stable_form() -> None:
    for path in FACTS.glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        assert list(document["forms"]) == sorted(document["forms"]), path.name
        assert load(document["database"]).examples
