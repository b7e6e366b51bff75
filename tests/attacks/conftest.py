"""Fixtures of the attacks."""

from collections.abc import Iterator

import pytest

from tests.attacks.terminal import Terminal
from tests.faults.proxy import Proxy, behind, proxied


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Terminal:
    """Return an object that runs verbs, and checks what they print and log."""
    return Terminal(capsys, caplog)


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    """Yield a proxy before the server, which can fall silent."""
    with proxied(url) as proxy:
        yield proxy


@pytest.fixture
def through(url: str, proxy: Proxy) -> str:
    """Return the address that leads through the proxy."""
    return behind(proxy, url)
