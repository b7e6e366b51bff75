"""Join the tokens of a script with random blanks and hostile comments between them."""

from random import Random

Words = list[str]

NASTY = (";", "'", '"', "$$", "$a$", "END;", "BEGIN ATOMIC", "--", "\\", "(", ")", "é🦆", "CASE", "`", "[", "]", "E'", "x", ";;")
_IDENTIFIER = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")


class Renderer:
    """`nested` says whether a comment may hold a comment, `returns` whether a carriage return alone ends a line."""

    def __init__(self, random: Random, *, nested: bool, returns: bool) -> None:
        self.random = random
        self._nested = nested
        self._density = random.choice((0.0, 0.03, 0.3))
        self._newline = random.choice(("\n", "\n", "\r\n", *(["\r"] if returns else [])))

    def text(self, tokens: Words) -> str:
        """The tokens as one text that reads as these tokens."""
        parts: Words = []
        for token in tokens:
            before = parts[-1] if parts else ";"
            glued = before[-1] in "(,;)" or token[0] in "),;"
            parts += [self.gap(before, token, needed=not glued), token]
        return "".join(parts)

    def gap(self, before: str, after: str, *, needed: bool) -> str:
        """Blanks, comments or nothing; at least something where two tokens would be read as one."""
        random, parts = self.random, ""
        while random.random() < self._density:
            parts += random.choice((" ", self._newline, "\t", self._comment(), self._comment()))
        if parts.startswith("-") and before.endswith("-"):
            parts = " " + parts
        if parts or not needed:
            return parts if parts or random.random() < 0.5 else random.choice(("", " ", self._newline))
        touching = before[-1] in _IDENTIFIER or after[0] in _IDENTIFIER
        return random.choice((" ", " ", self._newline)) if touching or self._density < 0.1 else random.choice((" ", "/**/"))

    def nasty(self, without: str = "") -> str:
        """Return text that would end a statement, open a quote or open a body outside of quotes; never with `without` in it."""
        parts = [self.random.choice((*NASTY, " ", " ", self._newline)) for _ in range(self.random.randrange(7))]
        text = "".join(parts)
        for character in without:
            text = text.replace(character, "")
        return text

    def cased(self, word: str) -> str:
        """A keyword in capitals, small letters or both."""
        return self.random.choice((word, word, word.lower(), word.capitalize()))

    def _comment(self, depth: int = 0) -> str:
        random = self.random
        if random.random() < 0.4 and not depth:
            return f"--{self.nasty().replace(chr(13), '').replace(chr(10), '')}{self._newline}"
        inside = self.nasty()
        if self._nested and depth < 2 and random.random() < 0.3:
            inside += self._comment(depth + 1) + self.nasty()
        elif not self._nested and random.random() < 0.3:
            inside += "/*" + self.nasty()
        return f"/*{random.choice(('', '*', '/', ' '))} {inside} {random.choice(('', '*', ' '))}*/"
