"""Pull requests as data, and git repositories made from them: three branches, merges, rebases, renames, edits."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

Tree = Mapping[str, str]

USERS = "CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY);\n"
CHATS = "CREATE TABLE chats (id INTEGER NOT NULL PRIMARY KEY);\n"
TAGS = "CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY);\n"
FOLDERS = "CREATE TABLE folders (id INTEGER NOT NULL PRIMARY KEY);\n"
NOTES = "CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY);\n"
EDITED = USERS + "CREATE INDEX users_by_id ON users (id);\n"

U, C = "V001__users.sql", "V002__chats.sql"
START = {U: USERS, C: CHATS}


NOTHING: Tree = MappingProxyType({})


class PullRequest(NamedTuple):
    """`main` and `branch` change the files of `start`; "" deletes one. `then` joins them; `problems` are kind and name."""

    branch: Tree
    problems: list[str]
    mended: Sequence[str] = ()
    main: Tree = NOTHING
    then: str = ""
    start: Tree = START
    words: tuple[str, ...] = ()


T3, F3, F4 = "V003__tags.sql", "V003__folders.sql", "V004__folders.sql"
DOUBLE = ["duplicate V003__folders.sql"]
TO_4 = ["git mv sql/shop/V003__folders.sql sql/shop/V004__folders.sql"]

PULL_REQUESTS: dict[str, PullRequest] = {
    "one more": PullRequest({T3: TAGS}, []),
    "main went on with another set": PullRequest({T3: TAGS}, [], main={"../other/V001__x.sql": NOTES}),
    "nothing in SQL": PullRequest({"README.md": "text"}, []),
    "behind main": PullRequest({"README.md": "text"}, [], main={T3: TAGS}),
    "the same number": PullRequest({F3: FOLDERS}, DOUBLE, TO_4, main={T3: TAGS}),
    "the same number, merged": PullRequest({F3: FOLDERS}, DOUBLE, TO_4, main={T3: TAGS}, then="merge"),
    "the same number, rebased": PullRequest({F3: FOLDERS}, DOUBLE, TO_4, main={T3: TAGS}, then="rebase"),
    "main moved by two": PullRequest(
        {F3: FOLDERS},
        DOUBLE,
        ["git mv sql/shop/V003__folders.sql sql/shop/V005__folders.sql"],
        main={T3: TAGS, "V004__notes.sql": NOTES},
    ),
    "two files collide with two": PullRequest(
        {F3: FOLDERS, "V004__notes.sql": NOTES},
        ["duplicate V003__folders.sql", "duplicate V004__notes.sql"],
        [
            "git mv sql/shop/V004__notes.sql sql/shop/V006__notes.sql",
            "git mv sql/shop/V003__folders.sql sql/shop/V005__folders.sql",
        ],
        main={T3: TAGS, "V004__x.sql": "SELECT 1;\n"},
    ),
    "two files, one collides": PullRequest(
        {F3: FOLDERS, "V004__notes.sql": NOTES},
        DOUBLE,
        ["git mv sql/shop/V004__notes.sql sql/shop/V005__notes.sql", *TO_4],
        main={T3: TAGS},
    ),
    "both add the same file": PullRequest({T3: TAGS}, [], main={T3: TAGS}),
    "both add one name with two texts": PullRequest(
        {T3: FOLDERS}, ["duplicate V003__tags.sql"], ["git mv sql/shop/V003__tags.sql sql/shop/V004__tags.sql"], main={T3: TAGS}
    ),
    "a number before main's newest": PullRequest(
        {F3: FOLDERS},
        ["out_of_order V003__folders.sql"],
        ["git mv sql/shop/V003__folders.sql sql/shop/V005__folders.sql"],
        main={"V004__tags.sql": TAGS},
    ),
    "a number before the newest, rebased": PullRequest(
        {F3: FOLDERS},
        ["out_of_order V003__folders.sql"],
        ["git mv sql/shop/V003__folders.sql sql/shop/V005__folders.sql"],
        main={"V004__tags.sql": TAGS},
        then="rebase",
    ),
    "an applied file edited": PullRequest(
        {U: EDITED}, ["edited V001__users.sql"], ["git restore --source=main -- sql/shop/V001__users.sql"]
    ),
    "an applied file edited, and one more": PullRequest(
        {U: EDITED, T3: TAGS}, ["edited V001__users.sql"], ["git restore --source=main -- sql/shop/V001__users.sql"]
    ),
    "only the line ends": PullRequest({U: USERS.replace("\n", "\r\n")}, []),
    "main edited it, not the branch": PullRequest({T3: TAGS}, [], main={U: EDITED}),
    "both edited it alike": PullRequest({U: EDITED}, [], main={U: EDITED}),
    "an applied file deleted": PullRequest(
        {U: ""}, ["missing V001__users.sql"], ["git restore --source=main -- sql/shop/V001__users.sql"]
    ),
    "an applied file renumbered": PullRequest(
        {C: "", "V003__chats.sql": CHATS},
        ["renamed V003__chats.sql"],
        ["git mv sql/shop/V003__chats.sql sql/shop/V002__chats.sql"],
    ),
    "main took ours under another number": PullRequest(
        {F3: FOLDERS},
        ["renamed V003__folders.sql"],
        ["git mv sql/shop/V003__folders.sql sql/shop/V004__folders.sql"],
        main={T3: TAGS, F4: FOLDERS},
    ),
    "another description": PullRequest({C: "", "V002__chat_rooms.sql": CHATS}, []),
    "a squashed file": PullRequest(
        {U: "", C: "", "V2.1__all.sql": f"-- whimbrel: replaces=1-2\n{USERS}{CHATS}"}, [], main={T3: TAGS}
    ),
    "a squashed file in the wrong place": PullRequest(
        {U: "", C: "", "V4__all.sql": f"-- whimbrel: replaces=1-2\n{USERS}{CHATS}", T3: TAGS}, ["replaces"]
    ),
    "a variant is missing": PullRequest({"V003__tags.mysql.sql": TAGS, "V003__tags.postgresql.sql": TAGS}, ["coverage"]),
    "all variants that are wanted": PullRequest(
        {"V003__tags.mysql.sql": TAGS, "V003__tags.postgresql.sql": TAGS}, [], words=("--for", "mysql", "--for", "postgresql")
    ),
    "variants that collide": PullRequest(
        {"V003__folders.mysql.sql": FOLDERS, F3: FOLDERS},
        ["duplicate V003__folders.mysql.sql", "duplicate V003__folders.sql"],
        ["git mv sql/shop/V003__folders.mysql.sql sql/shop/V004__folders.mysql.sql", *TO_4],
        main={T3: TAGS},
    ),
    "a variant of an applied version": PullRequest(
        {"V001__users.mysql.sql": EDITED},
        ["duplicate V001__users.mysql.sql"],
        ["git mv sql/shop/V001__users.mysql.sql sql/shop/V003__users.mysql.sql"],
        words=("--for", "mysql"),
    ),
    "a set that is renamed": PullRequest(
        {"../store/V001__users.sql": "", "../store/V002__chats.sql": "", U: USERS, C: CHATS},
        ["renamed_set"],
        ["git mv sql/shop sql/store"],
        start={"../store/V001__users.sql": USERS, "../store/V002__chats.sql": CHATS},
    ),
    "a name that no migration can have": PullRequest({"003_tags.sql": TAGS}, ["misnamed"]),
    "a file not added to git": PullRequest(
        {}, DOUBLE, [TO_4[0].removeprefix("git ")], main={T3: TAGS}, then=f"write {F3} {FOLDERS}"
    ),
}


def git(folder: Path, *words: str, given: str = "") -> str:
    """Return what git prints."""
    done = subprocess.run(["git", "-C", folder, *words], input=given, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def build(folder: Path, request: PullRequest) -> None:
    """Make the repository of a pull request, with its branch checked out."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, value in {"user.name": "x", "user.email": "x@example.org", "core.autocrlf": "false", "gc.auto": "0"}.items():
        git(folder, "config", name, value)
    stream = [_commit("main", request.start), _commit("branch", request.branch, "main")]
    stream += [_commit("main", request.main)] if request.main else []
    git(folder, "fast-import", "--quiet", "--force", given="".join(stream))
    git(folder, "checkout", "--quiet", "branch")
    if request.then in ("merge", "rebase"):
        git(folder, request.then, "--quiet", "main")
    elif request.then.startswith("write"):
        _, name, text = request.then.split(" ", 2)
        (folder / "sql" / "shop" / name).write_text(text, encoding="utf-8")


def _commit(branch: str, tree: Tree, parent: str = "") -> str:
    lines = [f"commit refs/heads/{branch}\ncommitter x <x@example.org> 0 +0000\ndata 1\nx\n"]
    lines += [f"from refs/heads/{parent}\n"] if parent else []
    for name, text in tree.items():
        path = f"sql/{name.removeprefix('../')}" if name.startswith("../") else f"sql/shop/{name}"
        lines.append(f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n" if text else f"D {path}\n")
    return "".join([*lines, "\n"])
