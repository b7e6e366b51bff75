"""Skip all text that cannot end a statement, by one pattern that matches quotes and comments as a whole.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from functools import lru_cache

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing import lexer
from whimbrel.parsing import lexer_rules as lexical
from whimbrel.parsing.lexer_rules import IN_NAME, LETTER, LexerRules

__all__ = ["SEMICOLON", "Stops", "skim"]


class Stops(NamedTuple):
    """The places to stop at, outside of quotes and comments: the delimiter, these marks, and these words in any case.

    A word after a point or an @ is a name and does not stop. With `first` or `not_first`, whole statements are skipped. The skip
    ends at a statement that does not begin with a word of `first`, or begins with one of `not_first`, or has a stop inside.
    """

    delimiter: str = ";"
    words: tuple[str, ...] = ()
    marks: str = ""
    first: tuple[str, ...] = ()
    not_first: tuple[str, ...] = ()


SEMICOLON = Stops()


def skim(script: str, position: int, rules: LexerRules, stops: Stops) -> int:
    """Return the position of the first stop from `position` on; the end of the script if there is none."""
    match = _pattern(rules, stops).match
    end, floor = len(script), position
    if stops.first or stops.not_first:
        found = match(script, position)
        return found.end() if found else position
    while position < end:
        found = match(script, position)
        assert found is not None, "the pattern matches the empty text"
        position = found.end()
        if position >= end or script.startswith(stops.delimiter, position):
            return position
        if script.startswith("/*", position):
            # This is a nested comment, or one that is never closed.
            position = (rules.nested_comments and lexer.end_of_nested_comment(script, position)) or end
        elif script[position] == "$":
            position = floor = _after_dollar(script, position, floor)
        elif script[position] in "'\"`[":
            return end  # A quote that is never closed.
        elif script[position] in stops.marks or (stops.words and _WORD_CHARACTER.match(script, position)):
            return position
        else:
            position += 1
    return end


def _after_dollar(script: str, position: int, floor: int) -> int:
    """Step over a dollar quote, or over a dollar sign in a name: `a$b$c` quotes nothing. `floor` ends the look back."""
    word = position
    while word > floor and (script[word - 1].isalnum() or script[word - 1] in "_$" or script[word - 1] > "\x7f"):
        word -= 1
    if word < position and not script[word].isdigit() and script[word] != "$":
        rest = _REST_OF_NAME.match(script, position)
        return rest.end() if rest else position + 1
    return max(lexer.end_of_dollar_quote(script, position), position + 1)


_REST_OF_NAME = re.compile(f"{IN_NAME}+")
_WORD_CHARACTER = re.compile(r"[A-Za-z]")
# Nearly all bodies have this quote. _after_dollar handles a quote with a tag and a dollar sign in a name: a pattern would need a
# group to find the tag again, and groups inside possessive repeats fail (https://github.com/python/cpython/issues/101955).
_DOLLAR_QUOTE = rf"(?<!{IN_NAME})\$\$[^$]*+(?:\$(?!\$)[^$]*+)*+\$\$"


@lru_cache
def _pattern(rules: LexerRules, stops: Stops) -> re.Pattern[str]:
    """Return the pattern of all text up to a stop, or up to text that a pattern cannot read."""
    passed = "|".join(_passed(rules, stops))
    if stops.first or stops.not_first:
        start = _one_of(stops.first) if stops.first else f"(?!{_one_of(stops.not_first)})"
        return re.compile(f"(?>(?:{lexical.blanks(rules)}{start}(?:{passed})*+;)*)", re.DOTALL)
    before = f"(?!{re.escape(stops.delimiter)})" if len(stops.delimiter) > 1 else ""
    return re.compile(f"(?:{before}(?:{passed}))*+", re.DOTALL)


def _one_of(words: tuple[str, ...]) -> str:
    return f"(?i:{'|'.join(words)})(?!{IN_NAME})"


def _passed(rules: LexerRules, stops: Stops) -> list[str]:
    """Return the patterns of text without a stop."""
    delimiter = stops.delimiter
    first = delimiter[0]
    quotes = "".join(pattern[0] if pattern[0] != "\\" else "[" for _, pattern in lexical.quote_patterns(rules))
    special = {*quotes, *stops.marks, first, "/", "-"}
    if rules.mysql_comments:
        special.add("#")
    if rules.dollar_quotes:
        special.add("$")
    plain = f"[^{''.join(map(re.escape, sorted(special)))}]++"
    alternatives = _words(rules, stops.words, special) if stops.words else [plain]
    if rules.backslash_escapes:
        # A quote without a backslash before it ends the string; this form is several times as fast.
        alternatives.append(r"'[^']*+(?<!\\)'(?:'[^']*+(?<!\\)')*+")
    if rules.escape_strings:
        alternatives.append(rf"(?<=[eE])(?<!{IN_NAME}[eE]){lexical.ESCAPE_STRING_TAIL}")
    # An E'...' that is never closed is not read again as a string without escapes.
    unescaped = rf"(?:(?<![eE])|(?<={IN_NAME}[eE]))" if rules.escape_strings else ""
    alternatives += [(unescaped if pattern[0] == "'" else "") + pattern for _, pattern in lexical.quote_patterns(rules)]
    alternatives += lexical.comment_patterns(rules)
    if rules.dollar_quotes:
        alternatives.append(_DOLLAR_QUOTE)
    not_delimiter = f"(?!{re.escape(delimiter)})"
    code = lexical.code_pattern(rules) if rules.code_comments else ""
    alternatives.append(rf"{not_delimiter}/(?!\*{f'(?!{code})' if code else ''})")
    alternatives.append(rf"{not_delimiter}-")
    if first not in quotes + "/-#$" and len(delimiter) > 1:
        alternatives.append(rf"{not_delimiter}{re.escape(first)}")
    return alternatives


def _words(rules: LexerRules, words: tuple[str, ...], special: set[str]) -> list[str]:
    """Return the patterns of ordinary text: words that do not stop, names after a point or an @, and the rest."""
    start = IN_NAME if rules.digit_names else LETTER
    # Most words differ from all stops in their first letter. A word takes the blanks after it along.
    initials = "".join(sorted({letter for word in words for letter in (word[0], word[0].lower())}))
    rest = rf"{IN_NAME}*+[ \t\r\n]*+"
    others = (chr(code) for code in range(128) if not re.match(start, chr(code)) and chr(code) not in special | {".", "@"})
    return [
        rf"{start[:-1]}{initials}]{rest}",
        rf"(?!{_one_of(words)}){start}{rest}",
        f"[{''.join(map(re.escape, others))}]++",
        rf"[.@][ \t\r\n]*+{start}{IN_NAME}*+",
        r"[.@]",
        *([rf"/\*{lexical.code_pattern(rules)}[0-9]*+"] if rules.code_comments else []),
    ]
