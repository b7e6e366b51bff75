"""A requested TLS connection is encrypted, and leads to the right server. No error shows a password anywhere."""

import asyncio
import logging
import socket
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from tests.conftest import run_sql
from tests.faults.certificates import write_certificates
from tests.faults.settings import settings
from tests.faults.tls_proxy import tls_before
from tests.files import AUTH, write_set
from tests.patience import PATIENCE
from tests.servers import mariadb, mysql, postgresql, template
from tests.servers.lifetime import Engine
from tests.servers.process import end, hand_over, last_lines, spawn
from whimbrel import DatabaseManager, MigrationFailed, WhimbrelError, info, migrate
from whimbrel.cli import main

ENGINES: dict[str, Engine] = {"mariadb": mariadb, "mysql": mysql, "postgresql": postgresql}
# aiomysql leaves the socket of a connection whose TLS failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

CANARY = "S3cr3t#canary/?p:w@d"
SERVERS = pytest.mark.only("postgresql", "mysql", "mariadb")


@contextmanager
def own_server(database: str, *, tls: bool) -> Iterator[tuple[str, Path]]:
    """A server with a certificate for localhost, or without TLS; yields its address with {host} in it, and its folder."""
    engine = ENGINES[database]
    with TemporaryDirectory(prefix="whimbrel-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_certificates(folder / "tls")
        hand_over(folder)
        programs = engine.install(folder)
        template.fill(database, folder, partial(engine.initialise, programs, folder, folder / "initialise.log"))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        words = [*engine.command(programs, folder, port, durable=False), *tls_options(database, folder / "tls", on=tls)]
        process = spawn(words, folder / "server.log", engine.STOP)
        try:
            deadline = time.monotonic() + PATIENCE
            while not engine.answers(programs, folder, port):
                assert process.poll() is None and time.monotonic() < deadline, last_lines(folder / "server.log")
                time.sleep(0.05)
            with tls_before(port, folder / "tls") if tls and database == "postgresql" else nullcontext(port) as reached:
                yield engine.url(reached).replace("127.0.0.1", "{host}"), folder / "tls"
        finally:
            end(process, engine.STOP)


def tls_options(database: str, folder: Path, *, on: bool) -> list[str]:
    if database == "postgresql":
        return []
    if on:
        return [f"--ssl-ca={folder}/ca.pem", f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key"]
    return ["--tls-version="] if database == "mysql" else []


def code_of(capsys: pytest.CaptureFixture[str], url: str) -> tuple[int, str]:
    code = main(["info", "--url", url, "--sql", AUTH])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


@SERVERS
@pytest.mark.fault("R68")
def test_a_server_must_show_the_certificate_that_the_address_asks_for(capsys: pytest.CaptureFixture[str], database: str) -> None:
    with own_server(database, tls=True) as (url, folder):
        ca, other = f"sslrootcert={folder}/ca.pem", f"sslrootcert={folder}/other.pem"
        cases = {
            ("localhost", f"sslmode=verify-full&{ca}"): 0,
            ("127.0.0.1", f"sslmode=verify-ca&{ca}"): 0,
            ("127.0.0.1", "sslmode=require"): 0,
            # Certificates signed by an unknown authority, by another authority, or for another host name.
            ("localhost", "sslmode=verify-full"): 7,
            ("localhost", "sslmode=verify-ca"): 7,
            ("localhost", f"sslmode=verify-full&{other}"): 7,
            ("127.0.0.1", f"sslmode=verify-full&{ca}"): 7,
        }
        for (host, options), wanted in cases.items():
            code, text = code_of(capsys, f"{url.format(host=host)}?{options}")
            assert code == wanted, (host, options, text)
            assert wanted == 0 or "certificate" in text.lower(), text
        asyncio.run(encrypted(f"{url.format(host='localhost')}?sslmode=verify-full&{ca}", database))


async def encrypted(url: str, database: str) -> None:
    """Ask the server whether the connections of a manager are encrypted."""
    async with DatabaseManager(url) as db_manager:
        if database == "postgresql":  # The connection goes through the proxy, which accepts only TLS.
            assert await db_manager.fetch_value("SELECT 1") == 1
        else:
            row = await db_manager.fetch_one("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
            assert row is not None and row["Value"]


@SERVERS
@pytest.mark.fault("R68")
def test_a_server_without_tls_is_refused_where_it_is_asked_for(capsys: pytest.CaptureFixture[str], database: str) -> None:
    with own_server(database, tls=False) as (url, _):
        assert code_of(capsys, url.format(host="127.0.0.1"))[0] == 0
        for mode in ("require", "verify-ca", "verify-full"):
            code, text = code_of(capsys, f"{url.format(host='127.0.0.1')}?sslmode={mode}")
            assert code == 7, (mode, text)


@pytest.mark.fault("R68")
@pytest.mark.only("mysql", "mariadb")
def test_no_file_of_this_machine_is_sent_to_a_server_that_asks_for_it(url: str, database: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret\n")
    text = f"CREATE TABLE t (x VARCHAR(20));\nLOAD DATA LOCAL INFILE '{tmp_path}/secret.txt' INTO TABLE t;\n"
    folder = write_set(tmp_path / "set", {"V1__t.mysql.sql": text})

    async def attempt() -> None:
        async with settings(url, database, {"local_infile": 1}):
            with pytest.raises(MigrationFailed):
                await migrate(url, folder, databases=["mysql"])
        async with DatabaseManager(url) as db_manager:
            assert await db_manager.fetch_all("SELECT * FROM t") == []

    asyncio.run(attempt())


def with_password(url: str, database: str) -> str:
    """The address of the same database for a user whose password is the canary."""
    if database == "sqlite":
        return url
    name = f"canary_{uuid4().hex[:8]}"
    if database == "postgresql":
        run_sql(url, f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{CANARY}'")
        return url.replace("postgres@", f"{name}:{CANARY}@")
    run_sql(url, f"CREATE USER {name}@localhost IDENTIFIED BY '{CANARY}'", f"GRANT ALL ON *.* TO {name}@localhost")
    return url.replace("root@", f"{name}:{CANARY}@")


@pytest.mark.fault("R69")
def test_the_password_of_a_user_is_in_nothing_that_is_shown_or_kept(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, url: str, database: str, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    # The driver logs every statement at this level, which a user turns on in order to see them.
    caplog.set_level(logging.WARNING, logger="aiosqlite")
    # The text is in a list, so that no local variable of the test holds it where a traceback would show it.
    addresses = [with_password(url, database)]
    role = f"CREATE ROLE r_{uuid4().hex[:8]} PASSWORD '{CANARY}';" if database == "postgresql" else f"SELECT '{CANARY}';"
    good = write_set(tmp_path / "good", {"V1__t.sql": f"-- whimbrel: transaction=off\nCREATE TABLE t (id INTEGER);\n{role}"})
    bad = write_set(tmp_path / "bad", {"V1__b.sql": "-- whimbrel: transaction=off\nSELECT 1;\nSELEC 2;\n"})
    odd = write_set(tmp_path / "odd", {"V1_b.sql": ""})
    for folder in (good, bad, odd):
        for verb in ("info", "validate", "migrate", "repair"):
            for more in ([], ["--json"], ["--verbose"]):
                main([verb, "--url", addresses[0], "--sql", folder, *more])
    main(["resolve", "bad", "1", "1", "--applied", "--url", addresses[0]])
    captured = capsys.readouterr()
    shown = [captured.out, captured.err, caplog.text, *asyncio.run(told_and_kept(addresses, bad))]
    assert len(shown) == 7
    for text in shown:
        assert CANARY not in text
        assert "S3cr3t" not in text


async def told_and_kept(addresses: list[str], bad: str) -> list[str]:
    """The traceback with all variables, the objects, and the tables."""
    try:
        await migrate(addresses[0], bad)
    except WhimbrelError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        ours = [frame for frame in told.stack if "/tests/" not in frame.filename]
        text = "".join(traceback.StackSummary.from_list(ours).format()) + repr(error) + repr(vars(error)) + repr(error.__cause__)
    db_manager = DatabaseManager(addresses[0])
    objects = repr([db_manager, db_manager.url, str(db_manager.url), vars(db_manager), await info(addresses[0], bad)])
    async with db_manager:
        history = await db_manager.fetch_all("SELECT * FROM whimbrel_history")
        journal = await db_manager.fetch_all("SELECT * FROM whimbrel_journal")
    return [text, objects, repr(history), repr(journal)]
