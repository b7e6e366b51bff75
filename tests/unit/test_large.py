"""Files too large to be kept are read in pieces, and are the same files."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.files import ROOT, write_set
from whimbrel.errors import ValidationFailed
from whimbrel.migrations.large_file import LARGE, LargeText, Unreadable, read_large
from whimbrel.migrations.migration import checksum
from whimbrel.migrations.reader import read_directories, read_text
from whimbrel.parsing.splitter import split

STATEMENT = "INSERT INTO t (a, b) VALUES (1, 'größer; 😀 and so on, up to some length');\r\n"
TEXT = "\ufeff-- whimbrel: lock_timeout=7s\r\n" + STATEMENT * (LARGE // len(STATEMENT.encode()) + 1000)
PEAK = """
import sys
from pathlib import Path
from whimbrel.migrations.reader import read_directories
from whimbrel.parsing.splitter import split
(one,) = read_directories([sys.argv[1]])
print(sum(1 for _ in split(one.variants[0].text, "postgresql")))
# Not getrusage, whose peak is the parent's before it became this program.
(peak,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(peak.split()[1])
"""


def test_a_large_file_has_the_checksum_directives_and_statements_of_its_text(tmp_path: Path) -> None:
    (one,) = read_directories([write_set(tmp_path / "large", {"V1__l.sql": TEXT})])
    (migration,) = one.variants
    assert isinstance(migration.text, LargeText)
    assert isinstance(read_text(tmp_path / "large" / "V1__l.sql"), LargeText)
    assert migration.checksum == checksum(TEXT)
    assert migration.directives.lock_timeout == 7
    whole = split(TEXT.removeprefix("\ufeff"), "mysql")
    assert all(pair[0] == pair[1] for pair in zip(split(migration.text, "mysql"), whole, strict=True))


def test_a_large_file_that_changes_between_two_readings_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "large", {"V1__l.sql": TEXT})
    (one,) = read_directories([folder])
    write_set(tmp_path / "large", {"V1__l.sql": TEXT + "SELECT 1;"})
    with pytest.raises(ValidationFailed, match=r"V1__l\.sql: changed while it was read"):
        list(split(one.variants[0].text, "sqlite"))


@pytest.mark.parametrize(("bad", "message"), [(b"\xff", "not UTF-8"), (b"\0", "a NUL byte"), (b"\xc3", "not UTF-8")])
def test_what_a_large_file_may_not_hold_is_told_with_its_line(tmp_path: Path, bad: bytes, message: str) -> None:
    content = TEXT.encode() + bad
    line = content.count(b"\n") + 1
    with pytest.raises(ValidationFailed, match=rf"V1__l\.sql:{line}: {message}"):
        read_directories([write_set(tmp_path / "large", {"V1__l.sql": content})])


def test_memory_stays_near_the_largest_statement(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "large", {"V1__l.sql": STATEMENT * 500_000})
    done = subprocess.run([sys.executable, "-c", PEAK, folder], capture_output=True, text=True, cwd=ROOT, check=True)
    statements, peak = map(int, done.stdout.split())
    assert statements == 500_000
    assert (tmp_path / "large" / "V1__l.sql").stat().st_size > 40_000_000
    assert peak < 60_000, "KiB"


def test_only_the_first_character_of_a_file_is_a_byte_order_mark(tmp_path: Path) -> None:
    # The second piece, of a megabyte each, begins with the same character.
    text = "x" * (1024 * 1024) + "\ufeff-- end\n"
    (tmp_path / "a.sql").write_text(text, encoding="utf-8")
    large, head = read_large(tmp_path / "a.sql")
    assert ("".join(large), large.checksum, head) == (text, checksum(text), "x" * (1024 * 1024))


@pytest.mark.parametrize("offset", [0, 7, 1024 * 1024])
def test_a_nul_byte_is_found_in_every_piece(tmp_path: Path, offset: int) -> None:
    (tmp_path / "a.sql").write_bytes(b"\n" * offset + b"\0")
    with pytest.raises(Unreadable, match=f"^a NUL byte at offset {offset}$") as caught:
        read_large(tmp_path / "a.sql")
    assert caught.value.line == offset + 1
