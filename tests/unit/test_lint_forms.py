"""Each statement has its form: 700 real-looking ones, from the files that are also recorded on the servers."""

from copy import deepcopy

import pytest

from tests.lint.examples import DATABASES, Example, load, reader, shown
from whimbrel.parsing.lexer_rules import find_rules
from whimbrel.review.lint.forms import FormReader


@pytest.mark.parametrize("family", DATABASES)
def test_a_statement_has_its_form(family: str) -> None:
    base = reader(family)
    wrong = [found for one in load(family).examples if (found := _difference(base, one, family))]
    assert not wrong, "\n".join(wrong)
    assert len(load(family).examples) >= 100


def _difference(base: FormReader, one: Example, database: str) -> str:
    form = shown(deepcopy(base).read(one.statement.text, find_rules(database)))
    return "" if form == one.form else f"{one.statement.text}\n    has the form  {form}\n    and not       {one.form}"
