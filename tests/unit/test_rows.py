"""A value that no run can have written is shown in the message, in full if it is short."""

import pytest

from whimbrel.errors import ValidationFailed
from whimbrel.session.rows import HISTORY, TENANTS, checked


@pytest.mark.parametrize(
    ("value", "shown"), [("1.x", "'1.x'"), ("x" * 58, f"'{'x' * 58}'"), ("x" * 59, f"'{'x' * 59}..."), (None, "NULL")]
)
def test_a_wrong_value_is_shown_up_to_its_60th_character(value: str | None, shown: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        checked("history", HISTORY, [{"set_name": "chat", "version": value}])
    assert any(f": version is {shown}, not " in problem.message for problem in caught.value.problems)


def test_the_advice_for_a_tenant_ends_with_the_command() -> None:
    with pytest.raises(ValidationFailed) as caught:
        checked("tenants", TENANTS, [{"name": 1}])
    assert caught.value.problems[0].message.endswith("; then have them recorded again: whimbrel tenants sync")
