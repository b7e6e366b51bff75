"""A manager in a process that ends while it is open, that forks, or that has a second event loop."""

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.asyncio

HEAD = """
import asyncio, os, sys
from whimbrel import ConfigurationError, DatabaseManager
db_manager = DatabaseManager(sys.argv[1])
"""
SCRIPTS = {
    "a_second_loop": """
        asyncio.run(db_manager.connect())
        async def other():
            try:
                await db_manager.fetch_value("SELECT 1")
            except ConfigurationError as error:
                print("event loop" in str(error), "next:" in str(error))
            await db_manager.close()
            async with db_manager:
                print(await db_manager.fetch_value("SELECT 1"))
        asyncio.run(other())
    """,
    "a_fork": """
        async def main():
            await db_manager.connect()
            await db_manager.execute("CREATE TABLE f (id INTEGER)")
            async with db_manager.transaction():
                await db_manager.execute("INSERT INTO f (id) VALUES (1)")
                child = os.fork()
                if child == 0:
                    asyncio._set_running_loop(None)
                    asyncio.run(in_child())
                    # Not sys.exit: the parent's event loop would be closed here, with the selector that both share.
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                await db_manager.execute("INSERT INTO f (id) VALUES (2)")
            print(await db_manager.fetch_value("SELECT COUNT(*) FROM f"))
            await db_manager.close()
        async def in_child():
            try:
                await db_manager.fetch_value("SELECT 1")
            except ConfigurationError as error:
                print("forked" in str(error), flush=True)
            await db_manager.close()
            async with db_manager:
                print(await db_manager.fetch_value("SELECT COUNT(*) FROM f"), flush=True)
        asyncio.run(main())
    """,
    "nobody_closes": """
        async def main():
            await db_manager.connect()
            print(await db_manager.fetch_value("SELECT 1"))
        asyncio.run(main())
    """,
    "an_exception": """
        async def main():
            await db_manager.connect()
            async with db_manager.transaction():
                await db_manager.execute("CREATE TABLE e (id INTEGER)")
                print("raising", flush=True)
                sys.exit(0)
        asyncio.run(main())
    """,
}
PRINTED = {
    "a_second_loop": "True True\n1\n",
    "a_fork": "True\n0\n2\n",
    "nobody_closes": "1\n",
    "an_exception": "raising\n",
}


@pytest.mark.parametrize("name", ["a_second_loop", "nobody_closes", "an_exception"])
async def test_the_process_ends_in_any_state_of_the_manager(url: str, name: str, tmp_path: Path) -> None:
    await run_script(url, name, tmp_path)


async def test_a_forked_child_leaves_the_parents_connections_alone(url: str, tmp_path: Path) -> None:
    await run_script(url, "a_fork", tmp_path)


async def run_script(url: str, name: str, tmp_path: Path) -> None:
    script = tmp_path / f"{name}.py"
    script.write_text(HEAD + textwrap.dedent(SCRIPTS[name]))
    command = [sys.executable, str(script), url]
    process = await asyncio.to_thread(lambda: subprocess.run(command, capture_output=True, text=True, timeout=60, check=False))
    assert (process.returncode, process.stdout) == (0, PRINTED[name]), process.stderr
    assert "Traceback" not in process.stderr
