"""Find the position of an error in a statement from the database's message. It never treats strings and comments as code.

Pure: no database, no disk. Only a Probe asks the database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["Probe", "Spot", "find_defined", "find_listed", "find_near", "find_spots", "find_string", "probe_name", "probe_syntax"]

# Lets the database parse a statement without running it; returns its complaint, or an empty text.
Probe = Callable[[str], Awaitable[str]]

_UNKNOWN = "whimbrel_unknown"
_MOST_PROBES = 100


class Spot(NamedTuple):
    """A name in a statement: where it begins with its qualifiers, its last part, and the token before it."""

    start: int
    token: Token
    before: str
    depth: int


def find_spots(sql: str, rules: LexerRules, name: str) -> list[Spot]:
    """Return the places of a name: of the whole name, else of its last part, else of its qualifiers. Case does not matter."""
    parts = name.casefold().split(".")
    found = list(tokens(sql, rules))
    tries = [parts, parts[-1:], parts[-2:-1]] if len(parts) > 1 else [parts]
    return next((spots for wanted in tries if (spots := _spots(found, wanted))), [])


def _spots(found: Sequence[Token], parts: Sequence[str]) -> list[Spot]:
    texts = [unquoted(token).casefold() if token.kind in ("word", "name") else token.text for token in found]
    wanted = [piece for part in parts for piece in (part, ".")][:-1]
    spots: list[Spot] = []
    others: list[Spot] = []
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        end = index + len(wanted)
        if texts[index:end] == wanted:
            before = found[index - 1].upper or found[index - 1].text if index else ""
            alone = before != "." and texts[end : end + 1] != ["."]
            (spots if alone else others).append(Spot(token.start, found[end - 1], before, depth))
    return spots or others


def find_listed(spots: Sequence[Spot]) -> Spot:
    """Return the place inside a list, such as the columns of a key; without one, the last place."""
    return next((spot for spot in spots if spot.before in ("(", ",")), spots[-1])


def find_defined(spots: Sequence[Spot]) -> Spot:
    """Return the last place that defines the name as a column, in CREATE TABLE or ALTER TABLE."""
    before = ("(", ",", "ADD", "COLUMN", "EXISTS")
    return next((spot for spot in reversed(spots) if spot.before in before and spot.depth < 2), spots[-1])


def find_string(sql: str, rules: LexerRules, value: str) -> int | None:
    """Return the place of a string with this value."""
    return next((token.start for token in tokens(sql, rules) if token.kind == "string" and unquoted(token) == value), None)


def find_near(sql: str, rules: LexerRules, near: str, line: int) -> int:
    """Return the token at which MySQL's parser stopped: `near` is the text from there on, cut off if it is long."""
    if not near:
        return len(sql)
    text, near = _in_plane(sql), _in_plane(near)
    if not text.endswith(near):
        near = near.removesuffix("...")  # MariaDB ends a text that it cut off with this mark.
    found = [token.start for token in tokens(sql, rules)]
    starts = [start for start in found if text.startswith(near, start)]
    if text.endswith(near) or not starts:
        at = len(text) - len(near) if text.endswith(near) else text.find(near)
        # MariaDB may report the token after the one that is wrong.
        return max((start for start in found if start < at), default=0) if at > 0 and at not in found else max(at, 0)
    return _nearest_line(sql, starts, line)


def _nearest_line(sql: str, starts: Sequence[int], line: int) -> int:
    """Return the place closest to a line, the first of several.

    This is a single pass over the text, since every character may be a place.
    """
    best, least, number, at = starts[0], len(sql) + line, 1, 0
    for start in starts:
        number, at = number + sql.count("\n", at, start), start
        if abs(number - line) < least:
            best, least = start, abs(number - line)
    return best


def _in_plane(text: str) -> str:
    # The servers write messages in utf8mb3, with a question mark for every other character.
    return "".join(character if character <= "\uffff" else "?" for character in text)


async def probe_syntax(sql: str, rules: LexerRules, probe: Probe, message: str, near: str) -> int | None:
    """Return the token at which the parser stopped: the first one with which the text so far gives `message`."""
    ends = [token.end for token in tokens(sql, rules)]
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if await probe(sql[: ends[middle]]) == message:
            high = middle
        else:
            low = middle + 1
    return ends[low] - len(near) if low < len(ends) else None


async def probe_name(sql: str, spots: Sequence[Spot], probe: Probe, message: str, end: int) -> Spot | None:
    """Return the spot that `message` is about; `end` is where the name ends in it. None if the probe does not repeat the message.

    The probe renames one spot after the other: the message then names the new name at the right spot. If the database complains
    about several renamed spots, because it checks others first, the last of them is the right one. If a name occurs twice, or
    has two meanings, the last spot whose new name changes the message is the right one.
    """
    if await probe(sql) != message:
        return None

    async def told(renamed: Sequence[Spot]) -> int:
        """Rename these spots; return the index of the one in the complaint, -1 for the old complaint, -2 for a new one."""
        names = [f"{_UNKNOWN}{number}" for number in range(len(renamed))]
        pieces, at = [], 0
        for spot, name in sorted(zip(renamed, names, strict=True)):
            pieces += [sql[at : spot.token.start], name]
            at = spot.token.end
        answer = await probe("".join([*pieces, sql[at:]]))
        expected = [message[: end - len(unquoted(renamed[0].token))] + name + message[end:] for name in names]
        return expected.index(answer) if answer in expected else -1 if answer == message else -2

    answers = [(spot, await told([spot])) for spot in spots[:_MOST_PROBES]]
    same = [spot for spot, answer in answers if answer == 0]
    while len(same) > 1 and (first := await told(same)) >= 0:
        del same[first]
    return next(iter(same or [spot for spot, answer in reversed(answers) if answer == -2]), None)
