"""Server programs from Debian packages, unpacked into a cache: nothing on the system is installed or changed.

apt finds, fetches and verifies packages with a separate state, so it does not need root, and every suite is available on every
release.
"""

import fcntl
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .process import Failed, is_root

_SUITES = {"oldstable", "stable", "testing", "unstable", "sid"}

# Read after the machine's own configuration, which may name a proxy but also hooks, pins and laxer checks.
_CONFIGURATION = """\
#clear APT::Update;
#clear APT::Default-Release;
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache "{directory}";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "{directory}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::State "{directory}";
Dir::State::status "{directory}/status";
"""

_SOURCES = """\
Types: deb
URIs: {repositories}
Suites: {suites}
Components: main
Targets: Packages
Signed-By: {keyring}
"""


def install(name: str, suites: list[str], packages: list[str]) -> Path:
    """The directory with these packages and all they depend on, unpacked now if it is not in the cache."""
    cache = _cache()
    tree = cache / name
    if tree.is_dir():
        return tree
    cache.mkdir(parents=True, exist_ok=True)
    for directory in (cache, cache.parent):
        directory.chmod(0o755)
    with _lock(cache / f"{name}.lock"):
        if not tree.is_dir():
            _build(tree, cache / f"{name}.partial", suites, packages)
    return tree


def command(tree: Path, program: str) -> list[str]:
    """Return the command for a program of the tree: with the tree's own loader and libraries, often newer than the system's."""
    return [str(_loader(tree)), "--library-path", _libraries(tree), str(tree / program)]


def callable_by_name(tree: Path, programs: list[str], scripts: list[str], directory: Path) -> None:
    """Fill a directory with these programs and scripts of the tree, for scripts that call them without a loader."""
    loaders = directory / "loaders"
    loaders.mkdir(parents=True)
    for program in programs:
        name = Path(program).name
        # Linux names a process by the file it began with, and scripts look for that name.
        (loaders / name).symlink_to(_loader(tree))
        words = [str(loaders / name), "--library-path", _libraries(tree), str(tree / program)]
        (directory / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (directory / name).chmod(0o755)
    for script in scripts:
        (directory / Path(script).name).symlink_to(tree / script)


def _loader(tree: Path) -> Path:
    found = [*tree.glob("lib/*/ld*.so.[0-9]"), *tree.glob("usr/lib/*/ld*.so.[0-9]")]
    loader = next((path for path in found if not path.is_symlink()), None)  # a link may lead out of the tree
    if loader is None:
        raise Failed(f"{tree} has no dynamic loader: remove it, and it is made again")
    return loader


def _libraries(tree: Path) -> str:
    machine = _loader(tree).parent.name
    return f"{tree / 'lib' / machine}:{tree / 'usr/lib' / machine}"


def _cache() -> Path:
    """Where the trees are kept: as root not in root's home, which the user that the servers run as cannot enter."""
    home = Path("/var/cache") if is_root() else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "whimbrel" / "servers"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Keep other test runs out until the block ends; the kernel lets go even if this process is killed."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(tree: Path, partial: Path, suites: list[str], packages: list[str]) -> None:
    """Fill a directory beside the tree and rename it last, so that a tree is whole or not there."""
    shutil.rmtree(partial, ignore_errors=True)  # left by a run that was killed
    partial.mkdir()
    partial.chmod(0o755)
    try:
        unpacked = partial / "tree"
        unpacked.mkdir()
        for archive in _download(partial, suites, packages):
            _output(["dpkg-deb", "--extract", str(archive), str(unpacked)])
        unpacked.rename(tree)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _download(directory: Path, suites: list[str], packages: list[str]) -> list[Path]:
    """Fetch the packages and their dependencies as onto a machine that has none."""
    configuration = directory / "apt.conf"
    configuration.write_text(_CONFIGURATION.format(directory=directory))
    (directory / "debian.sources").write_text(_sources(suites))
    (directory / "status").touch()
    for name in ("archives", "lists"):
        (directory / name / "partial").mkdir(parents=True)
    apt = ["apt-get", f"--config-file={configuration}", "--quiet"]
    # Not every repository has every suite, which apt calls an error; the second call reports what is really missing.
    update = subprocess.run([*apt, "update"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    try:
        _output([*apt, "--yes", "--download-only", "install", *packages])
    except Failed as failure:
        raise Failed(f"{failure}\n{update.stdout}") from None
    return sorted((directory / "archives").glob("*.deb"))


def _sources(suites: list[str]) -> str:
    """Our own sources, on the mirrors this machine already uses; apt refuses any that Debian has not signed."""
    keyrings = sorted(Path("/usr/share/keyrings").glob("debian-archive-keyring.*"))
    repositories = _repositories()
    if not repositories or not keyrings:
        raise Failed("the apt of this machine has no Debian repository, or no key of Debian's")
    return _SOURCES.format(repositories=" ".join(repositories), suites=" ".join(suites), keyring=keyrings[0])


def _repositories() -> list[str]:
    """The repositories in the machine's configuration that carry this release under Debian's names."""
    columns = "$(RELEASE)|$(COMPONENT)|$(REPO_URI)"
    # Without --no-release-info, only what an earlier `apt-get update` has fetched would be listed.
    listing = _output(["apt-get", "indextargets", "--no-release-info", "--format", columns, "Created-By: Packages"])
    suites = {*_SUITES, platform.freedesktop_os_release().get("VERSION_CODENAME", "")}
    rows = [line.split("|", 2) for line in listing.splitlines()]
    mirrors = [uri for suite, part, uri in rows if part == "main" and suite.removesuffix("-security") in suites]
    return list(dict.fromkeys(mirrors))


def _output(arguments: list[str]) -> str:
    """Return the output of a program of the system; raise with it if the program fails."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stdout}")
    return done.stdout
