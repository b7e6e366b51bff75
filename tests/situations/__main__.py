"""Print the table, or with a path write it into that document, between its two marks.

DATABASES names the databases; without it, all four.
"""

import logging
import os
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import run_sql
from tests.servers import running
from tests.situations.asking import Answers, ask
from tests.situations.situations import ALL, SITUATIONS
from tests.situations.table import as_markdown

BEGIN, END = "<!-- situations -->\n", "<!-- end of the situations -->\n"


def main(document: str = "") -> None:
    names = os.environ.get("DATABASES", ",".join(ALL)).split(",")
    logging.disable()
    found: dict[tuple[str, str], Answers] = {}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        number = count(1)
        for name in names:
            admin = "" if name == "sqlite" else stack.enter_context(running(name)).url

            def make(admin: str = admin) -> str:
                database = f"situation_{next(number)}"
                if not admin:
                    return f"sqlite:///{folder}/{database}.db"
                run_sql(admin, f"CREATE DATABASE {database}")
                return f"{admin.rpartition('/')[0]}/{database}"

            for one in SITUATIONS:
                if name in one.databases:
                    root = Path(folder) / f"{name}_{SITUATIONS.index(one)}"
                    root.mkdir()
                    found[one.name, name] = ask(one, root, make)
    text = as_markdown(found, names)
    if not document:
        sys.stdout.write(text)
        return
    before, _, rest = Path(document).read_text(encoding="utf-8").partition(BEGIN)
    Path(document).write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


main(*sys.argv[1:])
