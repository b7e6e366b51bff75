"""The error for a malformed address shows the right form, and never shows a part that may be a password."""

import traceback

import pytest

from tests.attacks.terminal import Terminal
from tests.files import AUTH
from whimbrel import ConfigurationError, WhimbrelError, info
from whimbrel.url import parse_url

CANARY = "S3cr3tCanary"
FORMS = [
    "sqlite:{}.db",
    "sqlite:/{}",
    "sqlite://u:{}@h/x.db",
    "sqlite://u:{}@h",
    "file:{}.db?mode=ro",
    "file:///{}.db",
    "host=h dbname=d password={}",
    "host = h password = {}",
    "password={}",
    "{}",
    "{}://h/d",
    "u:{}@h/d",
    "u:{}@h://d",
    "oracle://u:{}@h/d",
    "oracle+{}://h/d",
    "postgresql:u:{}@h/d",
    "postgresql:/u:{}@h/d",
    "postgresql//u:{}@h/d",
    "postgresql://u:{}@h",
    "postgresql://u:{}@h/",
    "postgresql://u:{}@h:port/d",
    "postgresql://u:{}@h:99999/d",
    "postgresql://u:{}@[::1/d",
    "postgresql://u:{}@h h/d",
    "postgresql://u:{}",
    "postgresql://:{}@",
    "mysql://u:{}@h@:x/d",
    "mysql://u:{}/d",
    "mysql://u:{}@/",
    "mysql://u:a/{}?b#c@h",
    "mysql://u:{}@h/d?colour=red",
    "mysql://u:{}@h/d?sslmode=verify-ca&sslrootcert=/none.pem",
    "mysql://u:{}@127.0.0.1:1/d",
    "mariadb://u:{}@[127.0.0.1:1/d",
    "jdbc:mysql://u:{}@h/d",
    "jdbc:postgresql://h/d?password={}",
]


@pytest.mark.asyncio
@pytest.mark.parametrize("form", FORMS)
async def test_a_password_in_a_malformed_address_is_shown_nowhere(form: str) -> None:
    # The text is in a list, so that no local variable of the test holds it where a traceback would show it.
    addresses = [form.format(CANARY)]
    with pytest.raises(WhimbrelError) as caught:
        await info(addresses[0], AUTH)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in told.stack if "/tests/" not in frame.filename]
    shown = "".join(traceback.StackSummary.from_list(ours).format()) + str(caught.value) + repr(caught.value)
    assert CANARY not in shown + repr(vars(caught.value)) + repr(parse_url(addresses[0]))


@pytest.mark.parametrize("more", [[], ["--json"], ["--verbose"]])
def test_nor_by_the_command_line(terminal: Terminal, more: list[str]) -> None:
    for form in FORMS:
        assert CANARY not in terminal.run("info", "--url", form.format(CANARY), "--sql", AUTH, *more)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite:x.db", "a file's address has three slashes: write sqlite:///x.db"),
        ("SQLite:/tmp/x.db", "write sqlite:///x.db, or sqlite:////folder/x.db"),
        ("file:x.db?mode=ro", "write sqlite:///x.db"),
        ("host=localhost dbname=d", "as libpq has them: write postgresql://USER:PASSWORD@HOST:PORT/DBNAME"),
        ("dbname = d", "as libpq has them: write postgresql://"),
        ("x.db", "write sqlite:///x.db"),
        ("./data/x.sqlite3", "write sqlite:///x.db"),
        ("file:///tmp/x.db?mode=ro", "write sqlite:///x.db, or sqlite:////folder/x.db"),
        ("jdbc:postgresql://h/d?user=u", "leave out jdbc:, and write user and password before the host: postgresql://USER"),
        ("jdbc:sqlite:x.db", "a file's address has three slashes"),
        ("u:p@tcp(h:3306)/d", "an address of Go's driver: write mysql://"),
        ("mysqlx://h/d", "(scheme 'mysqlx')"),
        ("oracle://h/d", "(scheme 'oracle')"),
        ("sqlite://x.db", "a file is sqlite:///x.db (relative)"),
    ],
)
def test_the_words_say_what_to_write(address: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_url(address).check()
    assert words in str(caught.value)
