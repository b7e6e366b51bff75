"""wait: return as soon as the database answers a query. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_url, read_url
from whimbrel.session.connect import Target, parse_target
from whimbrel.session.reaching import reach_database
from whimbrel.session.waiting import Progress
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    import argparse

__all__ = ["wait"]

HELP = "return as soon as the database answers a query"
EXAMPLE = "whimbrel wait --url postgresql://app@db/chat --timeout 60"
WAIT_SECONDS = 60.0


class Reached(NamedTuple):
    """The address, without its password, and the seconds waited."""

    url: str
    waited: float


async def wait(target: Target, *, timeout: float = WAIT_SECONDS, progress: Progress | None = None) -> float:  # noqa: ASYNC109
    """Return the seconds waited as soon as the database of a URL, or of a manager, answers a query. Writes nothing.

    With a `timeout` of 0, it attempts this once. `progress` is called with a line when the wait begins, and rarely after that.

    Raises DatabaseUnreachable after `timeout` seconds, and at once for a cause that does not go away by itself, such as a wrong
    password; ConfigurationError.
    """
    target = parse_target(target)
    return await reach_database(target, timeout, progress)


DOCUMENT = Reached


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_url(parser)
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", default=WAIT_SECONDS, help="how long to wait (default %(default)g)"
    )


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    url, _ = read_url(arguments)
    waited = await wait(url, timeout=arguments.timeout)
    return Answer(0, _told(url, waited), Reached(str(url), waited))


def _told(url: DatabaseUrl, waited: float) -> str:
    return f"{url} answers, after {waited:.1f} s"
