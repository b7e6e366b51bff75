"""Eleven situations of a database that is not empty: docs/existing-databases.md says how each ends."""

from pathlib import Path

import pytest

from tests.conftest import Fresh
from tests.files import ROOT
from tests.situations.asking import ask
from tests.situations.situations import SITUATIONS, Situation
from tests.situations.table import read_section, said

DOCUMENT = (ROOT / "docs" / "existing-databases.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "situation", [pytest.param(one, id=one.name, marks=pytest.mark.only(*one.databases)) for one in SITUATIONS]
)
def test_a_situation_is_answered_as_the_document_says(fresh: Fresh, database: str, tmp_path: Path, situation: Situation) -> None:
    answers = ask(situation, tmp_path, fresh)
    assert said(answers) == read_section(DOCUMENT, situation, database)
    assert answers.ended == "right"
    # Only commands that apply pending files of a known set may change anything.
    assert answers.changed == (("migrate", "start of an application") if situation.applies else ())
    assert {3} == set(answers.codes) or situation.applies
