"""A search_path without "$user", otherwise as it was written."""

import pytest

from whimbrel.dialects.postgresql.path import without_user


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ('"$user", public', "public"),
        ("$user,public", "public"),
        ("$USER , public", "public"),
        ('"$USER", public', '"$USER", public'),
        ('app, "$user", public', "app, public"),
        ('"$user"', ""),
        ('"", "$user"', '""'),
        ('"a,""$user""", Public', '"a,""$user""", Public'),
        ('"$user", "later, on", public', '"later, on", public'),
        ("public", "public"),
        ("", ""),
    ],
)
def test_a_search_path_loses_the_user_and_nothing_else(path: str, left: str) -> None:
    assert without_user(path) == left
