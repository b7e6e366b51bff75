"""The option --format of the verbs that find something in files, and their answer in the chosen format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from whimbrel.commands._options import Answer
from whimbrel.commands._output import write
from whimbrel.review.formats.github import as_github, as_summary
from whimbrel.review.formats.gitlab import as_gitlab
from whimbrel.review.formats.remark import Review
from whimbrel.review.formats.sarif import as_sarif
from whimbrel.review.formats.text import as_text

if TYPE_CHECKING:
    import argparse

__all__ = ["FORMATS", "add_format", "answer_in", "is_coloured"]

FORMATS = ("text", "github", "sarif", "gitlab")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the option --format. It excludes --json, which every verb has."""
    getattr(parser, "output", parser).add_argument(
        "--format", choices=FORMATS, default="text", help="print text, or the format of a code host (default: text)"
    )


def answer_in(arguments: argparse.Namespace, exit_code: int, review: Review, document: object) -> Answer:
    """Return the answer of a verb in the format that its arguments ask for. `document` is that of --json.

    In text, paths are as the verb got them, and relative below the working directory; elsewhere they are relative to the root of
    the repository. With --format github, this
    appends to the summary of the step.
    """
    form = arguments.format
    if form == "text" or arguments.json:
        coloured = is_coloured(sys.stdout, os.environ)
        return Answer(exit_code, as_text(review.moved(_from_here), coloured=coloured), document, coloured=coloured)
    rooted = review.moved(_below_root(Path.cwd()))
    if form == "github":
        _append_summary(os.environ, as_summary(rooted, f"whimbrel {arguments.verb}"))
        return Answer(exit_code, f"{as_github(rooted)}\n", document, verbatim=True)
    return Answer(exit_code, as_sarif(rooted) if form == "sarif" else as_gitlab(rooted), document, verbatim=True)


def is_coloured(stream: TextIO | None, environment: Mapping[str, str]) -> bool:
    """Whether a stream gets colours: a terminal does, unless it is dumb. NO_COLOR forbids them, FORCE_COLOR demands them."""
    # https://no-color.org and https://force-color.org: any value but the empty one.
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and environment.get("TERM") != "dumb"


def _from_here(path: str) -> str:
    """Return a path below the working directory without it: `pyproject.toml` names folders whose paths become absolute."""
    return path.removeprefix(f"{Path.cwd()}{os.sep}")


def _below_root(folder: Path) -> Callable[[str], str]:
    """Return a function that makes a path relative to the root of the repository. A path outside of it becomes absolute."""
    root = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)

    def path_of(path: str) -> str:
        whole = Path(os.path.normpath(folder / path))
        return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()

    return path_of


def _append_summary(environment: Mapping[str, str], text: str) -> None:
    """Append to the file that GitHub shows as the summary of the step. If that fails, standard error says so."""
    if not (path := environment.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        told = f"whimbrel: the summary of the step could not be written: {error}; the findings are on standard output"
        write(sys.stderr, told)
