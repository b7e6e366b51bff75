"""Text that a terminal would obey, and checks of the printed text."""

import json
import logging
import unicodedata
from collections.abc import Iterator

import pytest

from whimbrel.cli import main

# Colours, a bell, a backspace, DEL, a C1 control, invisible characters, changes of direction, separators, and a new line.
OBEYED = "\x1b[31m\x07\x08\x7f\x9b2J\u200b\u200f\u202e\u2066\u2028\u2029\ufeff\r"
HOSTILE = f"{OBEYED}\nFORGED"
VARIANTS: tuple[list[str], ...] = ([], ["--json"], ["--verbose"])


def faults(text: str) -> Iterator[str]:
    """Yield every character that a terminal would obey or hide, and every line that imitates one of Whimbrel's."""
    yield from (repr(one) for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\n\t")
    yield from (line for line in text.split("\n") if line.startswith("FORGED"))


class Terminal:
    """Runs verbs as a person does, and checks all that they print and log."""

    def __init__(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, logger="whimbrel")
        self._capsys = capsys
        self._caplog = caplog
        self.seen = ""

    def run(self, *words: str, code: int | None = None) -> str:
        """Run one command; check its exit code against `code`, if given."""
        try:
            got = main(words)
        except SystemExit as ended:
            got = int(ended.code or 0)
        captured = self._capsys.readouterr()
        logged = "\n".join(record.getMessage() for record in self._caplog.records)
        self._caplog.clear()
        text = captured.out + captured.err
        assert list(faults(f"{text}\n{logged}")) == [], text
        assert code is None or got == code, text
        if "--json" in words:
            json.loads(captured.out)
        self.seen += f"{text}\n{logged}"
        return text

    def every_way(self, *words: str) -> None:
        """Run one command in text form, as JSON, and verbosely."""
        for more in VARIANTS:
            self.run(*words, *more)
