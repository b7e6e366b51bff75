"""The commands that messages suggest: with the options of the run, so that they run when they are copied."""

from contextvars import copy_context

import pytest

from whimbrel.messages.suggestion import command, remember, remember_typed
from whimbrel.url import DatabaseUrl, parse_url

Typed = tuple[DatabaseUrl | None, list[str], list[str], str]


def suggested(*words: str, typed: Typed | None = None, **known: str) -> str:
    """Return the command `repair WORDS` of a run: on the command line with `typed`, else from Python."""

    def run() -> str:
        if typed:
            remember_typed(*typed)
        if "url" in known:
            remember(parse_url(known["url"]), known.get("folders", "").split(), known.get("place", ""))
        return command("repair", *words).removeprefix("whimbrel repair").strip()

    return copy_context().run(run)


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("MIGRATION_DATABASE_URL", raising=False)


def test_without_a_run_it_is_the_bare_command() -> None:
    assert suggested("--renumber") == "--renumber"


def test_what_was_typed_is_repeated_in_the_order_given() -> None:
    typed = (parse_url("sqlite:///a b.db?mode=rw"), ["sql/x", "my sets/y"], ["sqlite"], "main")
    expected = "--url 'sqlite:///a b.db?mode=rw' --schema main --sql sql/x --sql 'my sets/y' --for sqlite"
    assert suggested(typed=typed, url="sqlite:///other.db", folders="sql/z") == expected


def test_what_came_from_the_environment_or_the_project_is_left_out() -> None:
    assert suggested(typed=(None, [], [], ""), url="sqlite:///x.db", folders="sql/a") == ""


def test_a_run_from_python_shows_its_address_and_folders_unless_the_environment_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://me:secret@db.example:5433/shop?sslmode=require"
    shown = "--url 'postgresql://me:PASSWORD@db.example:5433/shop?sslmode=require' --sql sql/a --sql sql/b"
    assert suggested(url=url, folders="sql/a sql/b") == shown
    monkeypatch.setenv("DATABASE_URL", url)
    assert suggested(url=url, folders="sql/a sql/b") == "--sql sql/a --sql sql/b"
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgresql://me@other/shop")
    assert suggested(url=url, folders="sql/a sql/b") == shown


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("--schema acme", "--url sqlite:///app.db --sql sql/tenant --schema acme"),
        ("--url sqlite:///app.db.tenants/acme.db", "--sql sql/tenant --url sqlite:///app.db.tenants/acme.db"),
    ],
)
def test_the_place_of_a_tenant_precedes_the_runs(place: str, expected: str) -> None:
    typed: Typed = (parse_url("sqlite:///app.db"), ["sql/tenant"], [], "main")
    assert suggested(typed=typed, url="sqlite:///app.db", place=place) == expected


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///relative.db",
        "sqlite:////abs/with%25percent%3F.db",
        "postgresql://a%40b@[::1]:5433/sh%23op?host=/run/pg",
        "mysql://me@localhost/shop?unix_socket=/run/mysqld.sock&sslmode=disable",
    ],
)
def test_an_address_is_written_as_it_can_be_read_again(url: str) -> None:
    import shlex

    assert parse_url(shlex.split(suggested(url=url))[1]) == parse_url(url)


def test_resolve_takes_no_folders_and_a_baseline_one() -> None:
    def run() -> tuple[str, str]:
        remember(parse_url("sqlite:///x.db"), ["sql/a", "sql/b"])
        return command("resolve", "a", "1", "2", "--applied"), command("baseline", "VERSION", folder="sql/b")

    assert copy_context().run(run) == (
        "whimbrel resolve a 1 2 --applied --url sqlite:///x.db",
        "whimbrel baseline VERSION --url sqlite:///x.db --sql sql/b",
    )
