"""Each rule of lint has a page, and the pages agree with the rules."""

import re
from pathlib import Path

import pytest

from whimbrel.review.lint.rules.catalogue import RULES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_its_page(code: str) -> None:
    rule = RULES[code]
    page = (DOCS / "rules" / f"{code}.md").read_text(encoding="utf-8")
    head, level = page.splitlines()[0], re.search(r"^Level: (\w+)\.", page, re.MULTILINE)
    assert (head, level and level[1]) == (f"# {code}: {rule.title}", rule.level)
    plain = " ".join(page.split())
    assert rule.why in plain
    assert rule.safe in plain


def test_every_page_and_row_has_its_rule() -> None:
    assert sorted(path.stem for path in (DOCS / "rules").glob("*.md")) == list(RULES)
    rows = re.findall(
        r"^\| \[(\w+)\]\(rules/\1\.md\) \| (.*?) \| .* \| (\w+) \|$", (DOCS / "lint.md").read_text(encoding="utf-8"), re.M
    )
    assert rows == [(code, rule.title, rule.level) for code, rule in RULES.items()]
