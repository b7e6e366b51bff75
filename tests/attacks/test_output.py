"""A verb's work, answer and exit code do not depend on its output: any encoding, closed, full, interrupted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.files import ROOT, write_set

GREEK = "\u03ba\u03cc\u03c3\u03bc\u03bf\u03c2"
FILES = {f"V1__{GREEK}.sql": "CREATE TABLE t (id INTEGER);", f"V2__{GREEK}.sql": f"SELEC '{GREEK}';"}
ENCODINGS: dict[str, dict[str, str]] = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "ascii, strict for errors too": {"PYTHONIOENCODING": "ascii:strict"},
    "the C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "colours that nobody asked for": {"PYTHONIOENCODING": "utf-8", "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "NO_COLOR": ""},
}
# In this order, on one database: the exit code of each.
VERBS = {("migrate", "--target", "1"): 0, ("migrate",): 1, ("info", "--check"): 4}
WORDS = [sys.executable, "-m", "whimbrel"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON", "LANG"))}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def target(tmp_path: Path) -> list[str]:
    return ["--url", f"sqlite:///{tmp_path / 'x.db'}", "--sql", write_set(tmp_path / GREEK, FILES)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("as_json", [False, True])
def test_characters_outside_the_encoding_are_shown_as_escapes(tmp_path: Path, encoding: str, as_json: bool) -> None:
    for words, code in VERBS.items():
        command = [*WORDS, *words, *target(tmp_path), *(["--json"] if as_json else [])]
        done = subprocess.run(command, capture_output=True, env=environment(**ENCODINGS[encoding]), check=False)
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        assert (done.returncode, "Traceback" in err, "\x1b" in out + err) == (code, False, False), (words, out, err)
        assert GREEK in out + err or ENCODINGS[encoding].get("PYTHONIOENCODING") != "utf-8"
        if as_json:
            assert GREEK in str(json.loads(out))
        elif encoding == "the C locale" and code != 1:
            assert "\\u03ba" in out + err
        elif "ascii" in encoding:
            assert (out + err).isascii()


@contextmanager
def nowhere(kind: str) -> Iterator[dict[str, object]]:
    """Yield standard output, or both outputs, in the states in which a shell may leave them to a process."""
    if kind == "full":
        with Path("/dev/full").open("wb") as full:
            yield {"stdout": full, "stderr": subprocess.PIPE}
    elif kind == "both full":
        with Path("/dev/full").open("wb") as full:
            yield {"stdout": full, "stderr": full}
    elif kind.startswith("closed"):
        numbers = (1,) if kind == "closed" else (0, 1, 2)
        yield {
            "preexec_fn": lambda: os.closerange(numbers[0], numbers[-1] + 1),
            "stderr": None if len(numbers) > 1 else subprocess.PIPE,
        }
    else:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            yield {"stdout": writer, "stderr": writer if kind == "both gone" else subprocess.PIPE}
        finally:
            os.close(writer)


@pytest.mark.parametrize("kind", ["full", "both full", "closed", "closed, all three", "gone", "both gone"])
@pytest.mark.parametrize("more", [["--json"], ["--verbose"]])
def test_no_output_changes_what_is_done_and_the_exit_code(tmp_path: Path, kind: str, more: list[str]) -> None:
    for words, code in VERBS.items():
        with nowhere(kind) as streams:
            done = subprocess.run([*WORDS, *words, *target(tmp_path), *more], env=environment(), check=False, **streams)  # type: ignore[call-overload]
        told = (done.stderr or b"").decode()
        assert (done.returncode, "Traceback" in told, "Exception" in told) == (code, False, False), (words, told)
        assert ("could not be written" in told) == (kind == "full" and (code != 1 or "--json" in more)), (words, told)
    # The printed text must not end up in the database's file.
    for words, code in {("migrate", "--target", "1"): 0, ("info", "--check"): 4}.items():
        assert (
            subprocess.run([*WORDS, *words, *target(tmp_path)], env=environment(), capture_output=True, check=False).returncode
            == code
        )


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["nothing"]])
def test_help_and_usage_go_nowhere_in_the_same_way(words: list[str]) -> None:
    wanted = subprocess.run([*WORDS, *words], env=environment(), capture_output=True, check=False).returncode
    for kind in ("full", "both gone"):
        with nowhere(kind) as streams:
            done = subprocess.run([*WORDS, *words], env=environment(), check=False, **streams)  # type: ignore[call-overload]
        assert (done.returncode, b"Traceback" in (done.stderr or b"")) == (wanted, False), kind


@pytest.mark.parametrize("as_json", [False, True])
def test_an_interruption_while_the_answer_is_printed(tmp_path: Path, as_json: bool) -> None:
    (tmp_path / "long.sql").write_text("SELECT 1;\n" * 100_000)
    words = [*WORDS, "split", "--dialect", "sqlite", str(tmp_path / "long.sql"), *(["--json"] if as_json else [])]
    process = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    # It has begun to print, and waits for a reader.
    process.stdout.read(10)
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.communicate()
