"""Fixtures of the attacks."""

import pytest

from tests.attacks.terminal import Terminal


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Terminal:
    """Return an object that runs verbs, and checks what they print and log."""
    return Terminal(capsys, caplog)
