"""The peers' environments: each peer has its own, made once, in the user's cache. Whimbrel's own environment is not changed."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class EnvironmentUnavailable(Exception):
    """A peer could not be installed; the message says why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The folder of a contender's programs, its version and those of its drivers."""

    programs: Path
    told: str


def pypi(
    package: str, release: str, *, extras: str = "", beside: Sequence[str] = (), told: Sequence[str] = ()
) -> Callable[[], Environment]:
    """Return a function that installs a Python package in a virtual environment, and the newest versions of `beside`."""

    def make(directory: Path) -> None:
        _run([sys.executable, "-m", "venv", str(directory)])
        pip = [str(directory / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
        _run([*pip, "install", "--quiet", "--no-input", *requirements])

    def obtain() -> Environment:
        programs = _made(package, requirements, make) / "bin"
        drivers = ", ".join(f"{driver} {_version(programs, driver)}" for driver in told)
        return Environment(programs, f"{package} {release} ({drivers})" if drivers else f"{package} {release}")

    requirements = [f"{package}[{extras}]=={release}" if extras else f"{package}=={release}", *beside]
    return obtain


def npm(package: str, release: str) -> Callable[[], Environment]:
    """Return a function that installs a program from npm packages of binaries, and runs none of their scripts."""

    def obtain() -> Environment:
        # The binary itself, not the script in JavaScript that starts it and takes longer than it.
        found = sorted(_from_npm(package, package, release).glob(f"@{package}/*/bin/{package}"))
        if not found:
            raise EnvironmentUnavailable(f"npm has no binary of {package} for this machine")
        return Environment(found[0].parent, f"{package} {release}")

    return obtain


def npm_script(package: str, release: str, program: str) -> Callable[[], Environment]:
    """Return a function that installs a program in JavaScript from npm, and runs no script while installing."""

    def obtain() -> Environment:
        return Environment(_from_npm(program, package, release) / ".bin", f"{package} {release}")

    return obtain


def _from_npm(name: str, package: str, release: str) -> Path:
    """Return the folder `node_modules` of an environment with the package."""

    def make(directory: Path) -> None:
        program = shutil.which("npm")
        if program is None:
            raise EnvironmentUnavailable(f"{package} comes from npm, which is not on this machine")
        directory.mkdir()
        _run([program, "install", "--prefix", str(directory), "--ignore-scripts", "--no-audit", "--no-fund", wanted])

    wanted = f"{package}@{release}"
    return _made(name, [wanted], make) / "node_modules"


def _version(programs: Path, package: str) -> str:
    """The version of a package that pip has installed there."""
    question = f"from importlib.metadata import version; print(version({package!r}))"
    return _run([str(programs / "python"), "-I", "-c", question]).strip()


def _made(name: str, requirements: Sequence[str], make: Callable[[Path], None]) -> Path:
    """Return the directory of an environment. Its marker, written last, says that it is complete, and names its contents."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whimbrel" / "peers"
    cache.mkdir(parents=True, exist_ok=True)
    directory, marker = cache / name, cache / f"{name}.json"
    wanted = json.dumps({"python": sys.version, "requirements": list(requirements)})
    with _lock(cache / f"{name}.lock"):
        if not marker.exists() or marker.read_text() != wanted:
            marker.unlink(missing_ok=True)
            shutil.rmtree(directory, ignore_errors=True)
            make(directory)
            marker.write_text(wanted)
    return directory


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Keep other runs out until the block ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(arguments: Sequence[str]) -> str:
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise EnvironmentUnavailable(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stdout}")
    return done.stdout
