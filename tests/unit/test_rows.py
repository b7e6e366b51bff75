"""A value that no run can have written is shown in the message, in full if it is short."""

import pytest

from whimbrel.errors import ValidationFailed
from whimbrel.session.rows import HISTORY, checked


@pytest.mark.parametrize(
    ("value", "shown"), [("1.x", "'1.x'"), ("x" * 58, f"'{'x' * 58}'"), ("x" * 59, f"'{'x' * 59}..."), (None, "NULL")]
)
def test_a_wrong_value_is_shown_up_to_its_60th_character(value: str | None, shown: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        checked("history", HISTORY, [{"set_name": "chat", "version": value}])
    assert any(f": version is {shown}, not " in problem.message for problem in caught.value.problems)
