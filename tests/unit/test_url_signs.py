"""Addresses whose password shows, or that are read wrongly."""

import pytest

from whimbrel.url import parse_url


def test_a_password_among_the_options_is_not_printed() -> None:
    assert "c4n4ry" not in repr(parse_url("postgresql:///d?user=u&password=c4n4ry"))


@pytest.mark.parametrize(
    "address", ["postgresql://u:p@h/d?application_name=x@y", "mysql://u:p@h/d?unix_socket=/tmp/a@b.sock", "mysql://u:p@h/a@b"]
)
def test_an_at_sign_after_the_host_does_not_change_the_host(address: str) -> None:
    url = parse_url(address)
    assert (url.user, url.host) == ("u", "h")


@pytest.mark.parametrize("address", ["postgresql://h/d#x", "sqlite:///a?b.db"])
def test_no_part_of_an_address_is_dropped_in_silence(address: str) -> None:
    assert parse_url(address).problem or parse_url(address).database in ("d#x", "a?b.db")
