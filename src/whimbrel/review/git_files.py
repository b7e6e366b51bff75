"""Read the files of a set in commits of git and in the working tree, with the program `git` alone. Writes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import printable
from whimbrel.migrations.git import git_environment
from whimbrel.migrations.migration import checksum
from whimbrel.review.branches import Branch

__all__ = ["GitFolder", "find_renamed_folder", "open_folder", "read_branch", "tracked_files"]

_LINK = "120000"


class GitFolder(NamedTuple):
    """A folder in a working tree. `inner` is its path in the repository `top`; `base` and `fork` are commits."""

    path: Path
    top: Path
    inner: str
    base: str
    fork: str


async def open_folder(folder: str, ref: str) -> GitFolder:
    """Find the repository of a folder, the commit that `ref` names, and the last commit that it shares with HEAD.

    Raises ConfigurationError if there is no git, no repository, no such commit, or no shared one.
    """
    path = Path(folder)
    if not path.is_dir():
        raise ConfigurationError(f"{folder}: no such folder of migrations; name a folder that exists with --sql")
    top = os.fsdecode((await _git(path, "rev-parse", "--show-toplevel")).rstrip(b"\n"))
    inner = os.fsdecode((await _git(path, "rev-parse", "--show-prefix")).rstrip(b"\n"))
    base = await _commit(path, ref)
    try:
        fork = (await _git(path, "merge-base", base, "HEAD")).decode().strip()
    except ConfigurationError:
        raise ConfigurationError(
            f"HEAD and {printable(ref)} share no commit; if this is a shallow clone, fetch the rest: git fetch --unshallow"
        ) from None
    return GitFolder(path, Path(top), inner, base, fork)


async def _commit(path: Path, ref: str) -> str:
    try:
        return (await _git(path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")).decode().strip()
    except ConfigurationError:
        raise ConfigurationError(
            f"git knows no commit {printable(ref)}; fetch it (git fetch origin main) and name it (--against origin/main)"
        ) from None


async def read_branch(folder: GitFolder) -> Branch:
    """Return the .sql files in the base, in the shared commit and in the working tree, each with an identifier of its text."""
    base, fork = await _listed(folder, folder.base), await _listed(folder, folder.fork)
    ours = await _working_tree(folder)
    unequal = {name for name in {*base, *fork, *ours} if not base.get(name) == fork.get(name) == ours.get(name)}
    blobs = {files[name] for files in (base, fork) for name in unequal if name in files}
    texts = {blob: _identity(content) for blob, content in (await _contents(folder, sorted(blobs))).items()}
    texts |= {ours[name]: _identity(_content(folder.path / name)) for name in unequal if name in ours}
    return Branch(*({name: texts.get(blob, blob) for name, blob in files.items()} for files in (base, fork, ours)))


async def find_renamed_folder(folder: GitFolder, branch: Branch) -> str:
    """Return the base's folder that has this folder's files and is missing here; empty if the base has this folder."""
    if branch.base or branch.fork:
        return ""
    here = set((await _working_tree(folder)).values())
    for line in (await _git(folder.top, "ls-tree", "-r", "-z", "--full-tree", folder.base)).split(b"\0"):
        head, _, path = line.partition(b"\t")
        parent = Path(os.fsdecode(path)).parent
        if head.split()[2:3] and head.split()[2].decode() in here and not (folder.top / parent).exists():
            return str(parent)
    return ""


async def tracked_files(folder: GitFolder) -> set[str]:
    """Return the names of the folder's files that git tracks."""
    return {os.fsdecode(name) for name in (await _git(folder.path, "ls-files", "-z")).split(b"\0") if name}


async def _listed(folder: GitFolder, commit: str) -> dict[str, str]:
    path = [folder.inner] if folder.inner else []
    listing = await _git(folder.top, "ls-tree", "-z", "--full-tree", commit, "--", *path)
    found: dict[str, str] = {}
    for line in filter(None, listing.split(b"\0")):
        head, _, name = line.partition(b"\t")
        kind, blob = head.split()[1:3]
        if kind == b"blob" and name.endswith(b".sql"):
            found[os.fsdecode(name).removeprefix(folder.inner)] = blob.decode()
    return found


async def _working_tree(folder: GitFolder) -> dict[str, str]:
    """Return the git identity of each file as git would store it, with the filters of .gitattributes."""
    with os.scandir(folder.path) as entries:
        files = sorted(one.name for one in entries if one.name.endswith(".sql") and one.name[0] != "." and _is_tracked_kind(one))
    links = {name for name in files if (folder.path / name).is_symlink()}
    plain = [name for name in files if name not in links and "\n" not in name]
    # These paths are relative to the top folder of the repository. Git would read a line that begins with a quote as a quoted C
    # string.
    paths = b"".join(b"./%b\n" % os.fsencode(f"{folder.inner}{name}") for name in plain)
    blobs = (await _git(folder.top, "hash-object", "--stdin-paths", given=paths)).decode().split() if plain else []
    found = dict(zip(plain, blobs, strict=True))
    length = len(folder.base)
    return found | {name: _blob(os.fsencode((folder.path / name).readlink()), length) for name in links}


def _is_tracked_kind(entry: os.DirEntry[str]) -> bool:
    # Git knows files and links. It would wait for ever for the other end of a pipe.
    return entry.is_file() or (entry.is_symlink() and not entry.is_dir())


def _content(path: Path) -> bytes:
    # A link without a file behind it has its target as its content, as in git. The reader reports it.
    return path.read_bytes() if path.is_file() else os.fsencode(path.readlink())


def _blob(content: bytes, length: int) -> str:
    # A link is stored as its target. The length of a name shows which hash the repository uses.
    hashed = hashlib.sha1 if length == 40 else hashlib.sha256  # git's own name of a text
    return hashed(b"blob %d\0" % len(content) + content).hexdigest()


async def _contents(folder: GitFolder, blobs: Sequence[str]) -> Mapping[str, bytes]:
    """Return the content of each blob, read by one process."""
    answer = await _git(folder.top, "cat-file", "--batch", given="".join(f"{one}\n" for one in blobs).encode()) if blobs else b""
    found: dict[str, bytes] = {}
    start = 0
    for blob in blobs:
        head, _, _ = answer[start:].partition(b"\n")
        size = int(head.split()[2])
        start += len(head) + 1
        found[blob] = answer[start : start + size]
        start += size + 1
    return found


def _identity(content: bytes) -> str:
    """Return an identifier of a text that ignores line ends, as a migration's checksum does."""
    with suppress(UnicodeDecodeError):
        return checksum(content.decode("utf-8"))
    return hashlib.sha256(content).hexdigest()


async def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    """Return what git prints. Raises ConfigurationError with git's own words if it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            "-C",
            str(folder),
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=git_environment(),
        )
    except FileNotFoundError:
        raise ConfigurationError("the program git is not installed; install it, since this verb asks git alone") from None
    try:
        out, errors = await process.communicate(given)
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise ConfigurationError(
            f"git {words[0]} failed: {errors.decode(errors='replace').strip()}; correct this, and run check again"
        )
    return out
