"""Every wrong input is reported before anything is written, with advice and the designed exit code."""

import asyncio
import io
import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cases import each_case
from tests.conftest import run_sql
from tests.files import AUTH, write_set
from whimbrel import (
    ConfigurationError,
    DatabaseManager,
    WhimbrelError,
    info,
    migrate,
    repair,
    sync_tenants,
    tenant_status,
    validate,
)
from whimbrel.cli import main
from whimbrel.url import parse_url

CANARY = "S3cr3t#canary/?p:w@d"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


FILES: list[tuple[dict[str, str | bytes], int, str]] = [
    ({}, 2, "no migrations here"),
    ({"V1_a.sql": "SELECT 1;"}, 3, "V1_a.sql: there are not two underscores between version and description; name it V1__a.sql"),
    ({"v1__a.sql": "SELECT 1;"}, 3, "v1__a.sql: the name begins with a small v; name it V1__a.sql"),
    ({"V__a.sql": "SELECT 1;"}, 3, "V__a.sql: the version is missing"),
    (
        {"V1__a.sql": "SELECT 1;", "V001__b.sql": "SELECT 2;"},
        3,
        "renumber the one that is not applied; none of them is applied here",
    ),
    ({"V1__a.sql": "SELECT 1;\nSELECT 'gr\xf6\xdfer';".encode("latin-1")}, 3, "V1__a.sql:2: not UTF-8, byte 0xf6 at offset 20"),
    ({"V1__a.sql": "SELECT 1;".encode("utf-16-le")}, 3, "V1__a.sql:1: a NUL byte at offset 1"),
    ({"V1__a.sql": "SELECT 1;\n\0"}, 3, "V1__a.sql:2: a NUL byte at offset 10"),
    ({"V1__a.sql": "-- whimbrel: transactoin=off\nSELECT 1;"}, 3, "V1__a.sql:1: directive transactoin=off is not understood"),
]


@each_case(("files", "code", "message"), FILES)
def test_files_that_cannot_be_migrations(
    capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path, files: dict[str, str | bytes], code: int, message: str
) -> None:
    folder = write_set(tmp_path / uuid4().hex / "bad", files)
    for verb in ("migrate", "validate", "info"):
        got, text = run(capsys, verb, "--url", url, "--sql", folder)
        assert (got, message in text) == (code, True), text
    assert nothing_was_written(url)


def nothing_was_written(url: str) -> bool:
    async def ask() -> bool:
        async with DatabaseManager(url) as db_manager:
            try:
                await db_manager.fetch_all("SELECT * FROM whimbrel_history")
            except WhimbrelError:
                return True
            return False

    return asyncio.run(ask())


def test_all_problems_are_told_together(capsys: pytest.CaptureFixture[str], url: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "bad", {"V1_a.sql": "", "v2__b.sql": "", "V3__c.sql": "\0", "notes.txt": ""})
    code, text = run(capsys, "migrate", "--url", url, "--sql", folder)
    assert code == 3
    assert "3 problems" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--url", "oracle://u:{canary}@localhost/x"], "not a database address (scheme 'oracle')"),
        (["--url", "postgresql://u:{canary}@localhost"], "the address names no database"),
        (["--url", "mysql://u:{canary}@localhost:port/x"], "the host or port in the mysql address is not valid"),
        (["--url", "sqlite:///x.db", "--sql", "/no/such/folder"], "/no/such/folder: no such folder of migrations"),
        (["--url", "sqlite:///x.db", "--for", "oracle"], "unknown database oracle"),
        (["--url", "sqlite:///x.db", "--for", "mysql", "--for", "postgresql"], "the sets are for mysql, postgresql (by --for, "),
        (["--url", "sqlite:///x.db", "--target", "7"], "--target 7: no set has this version"),
        (["--url", "sqlite:///x.db", "--target", "seven"], "'seven' is not a version"),
    ],
)
def test_wrong_settings_are_usage_errors(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    filled = [word.format(canary=CANARY) for word in words]
    code, text = run(capsys, "migrate", *([] if "--sql" in words else ["--sql", AUTH]), *filled)
    assert (code, message in text, CANARY in text) == (2, True, False), text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.only("postgresql", "mysql", "mariadb")
def test_a_certificate_that_cannot_be_read_is_told_by_its_name(capsys: pytest.CaptureFixture[str], url: str) -> None:
    for certificate, reason in (("/no.pem", "[Errno 2]"), ("/dev/null", "")):
        code, text = run(capsys, "migrate", "--url", f"{url}?sslrootcert={certificate}", "--sql", AUTH)
        assert (code, f"the file that sslrootcert names cannot be read: {reason}" in text) == (2, True), text


def test_no_address_and_no_folder_are_usage_errors(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert run(capsys, "migrate", "--sql", AUTH)[0] == 2
    assert run(capsys, "migrate", "--url", "sqlite:///x.db")[0] == 2


def test_a_list_of_folders_is_told_to_be_passed_one_by_one(url: str, tmp_path: Path) -> None:
    async def ask() -> None:
        with_schema: Callable[..., Awaitable[object]] = partial(migrate, schema="main")
        calls: list[Callable[..., Awaitable[object]]] = [migrate, info, validate, repair, sync_tenants, tenant_status]
        for call in (*calls, with_schema):
            with pytest.raises(ConfigurationError, match=r"is not the path of a folder; pass folders one by one: migrate\(url"):
                await call(url, [AUTH])
            with pytest.raises(ConfigurationError, match=r"is not the path of a folder"):
                await call(url, (tmp_path,))

    asyncio.run(ask())
    assert nothing_was_written(url)


def address(url: str, database: str, **parts: str) -> str:
    """Return the address of the same server with other parts."""
    host = parts.get("host", url.rpartition("@")[2].partition("/")[0])
    name = parts.get("name", url.rpartition("/")[2])
    return f"{database}://{parts.get('login', 'root')}@{host}/{name}"


def failing(url: str, database: str, tmp_path: Path) -> list[str]:
    """Addresses with the canary as password that cannot be reached."""
    if database == "sqlite":
        return [f"sqlite:///{tmp_path}/no/such/folder/x.db"]
    login = f"nobody:{CANARY}"
    return [
        address(url, database, login=login, host="127.0.0.1:1"),
        address(url, database, login=login, host="no-such-host.invalid"),
        address(url, database, login=login, name=f"missing_{uuid4().hex}"),
        address(url, database, login=login) + "?sslmode=require",
    ]


def test_what_cannot_be_reached_answers_7_and_never_shows_the_password(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, url: str, database: str, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    for bad in failing(url, database, tmp_path):
        code, text = run(capsys, "migrate", "--url", bad, "--sql", AUTH)
        if code == 0:
            continue  # A server that requires no password and supports TLS.
        assert (code, "cannot be" in text or "TLS" in text) == (7, True), text
        shown = text + caplog.text + traceback_of(bad)
        assert CANARY not in shown
        assert CANARY.split("#")[0] not in shown


@pytest.mark.only("postgresql", "mysql", "mariadb")
def test_tls_is_only_spoken_of_where_it_failed(capsys: pytest.CaptureFixture[str], url: str, database: str) -> None:
    # 127.1 is this machine, but the parser does not know that, so it requires TLS and a valid certificate.
    port = parse_url(url).port
    for host, told in ((f"127.1:{port}", True), ("127.1:1", False), ("no-such-host.invalid", False)):
        code, text = run(capsys, "migrate", "--url", address(url, database, host=host), "--sql", AUTH)
        assert (code, "TLS" in text and "?sslmode=" in text) == (7, told), text


def traceback_of(url: str) -> str:
    """Return all text that a tool which records local variables would get from a failed migration."""
    addresses = [url]

    async def attempt() -> None:
        await migrate(addresses.pop(), AUTH)

    try:
        asyncio.run(attempt())
    except WhimbrelError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        frames = [frame for frame in told.stack if "/tests/" not in frame.filename]
        text = io.StringIO()
        text.write("".join(traceback.StackSummary.from_list(frames).format()))
        text.write("".join(told.format_exception_only()))
        text.write(repr(error.__cause__) + repr(error.__context__))
        return text.getvalue()
    raise AssertionError("the address was reached")


def test_a_user_without_the_right_to_create_is_told_before_anything_is_done(
    capsys: pytest.CaptureFixture[str], url: str, database: str, tmp_path: Path
) -> None:
    if database == "sqlite":
        run_sql(url, "CREATE TABLE t (id INTEGER)")
        bad = url + "?mode=ro"
    elif database == "postgresql":
        name = f"reader_{uuid4().hex[:8]}"
        run_sql(url, f"CREATE ROLE {name} LOGIN")
        bad = address(url, database, login=name)
    else:
        name = f"reader_{uuid4().hex[:8]}"
        schema = url.rpartition("/")[2]
        run_sql(url, f"CREATE USER {name}@localhost", f"GRANT SELECT ON {schema}.* TO {name}@localhost")
        bad = address(url, database, login=name)
    code, text = run(capsys, "migrate", "--url", bad, "--sql", AUTH)
    assert (code, "may not create the history table" in text, "next:" in text) == (2, True, True), text
    assert nothing_was_written(url)
