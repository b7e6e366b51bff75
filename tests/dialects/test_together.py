"""Many processes that start at the same moment: each migration is applied once and every process ends well."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from database import DatabaseManager
from tests.files import AUTH, CHAT, ROOT, write_set

PROCESSES = 8
COUNTED = """
CREATE TABLE IF NOT EXISTS counter (n INTEGER NOT NULL);
CREATE TABLE made_by_{n} (id INTEGER PRIMARY KEY);
INSERT INTO counter SELECT 0 FROM made_by_{n} WHERE 1 = 0;
INSERT INTO counter VALUES ({n});
"""


def start(url: str, folders: list[str]) -> subprocess.Popen[str]:
    sets = [word for folder in folders for word in ("--sql", folder)]
    command = [sys.executable, "-m", "tests.starter", "migrate", "--url", url, "--json", *sets]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


async def fetch(url: str, sql: str) -> list[dict[str, object]]:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_all(sql)


@pytest.mark.parametrize("round_", range(20))
def test_eight_processes_on_an_empty_database(url: str, tmp_path: Path, round_: int) -> None:
    counted = write_set(tmp_path / "counted", {f"V{n}__c.sql": COUNTED.format(n=n) for n in (1, 2, 3)})
    processes = [start(url, [AUTH, CHAT, counted]) for _ in range(PROCESSES)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, "\n".join(map("".join, answers))
    applied = [len(json.loads(out)["applied"]) for out, _ in answers]
    assert sum(applied) == 5
    assert [err for _, err in answers if "rror" in err] == []
    history = asyncio.run(fetch(url, "SELECT installed_rank, success FROM whimbrel_history ORDER BY installed_rank"))
    assert history == [{"installed_rank": rank, "success": True} for rank in range(1, 6)]
    assert asyncio.run(fetch(url, "SELECT n FROM counter ORDER BY n")) == [{"n": 1}, {"n": 2}, {"n": 3}]
