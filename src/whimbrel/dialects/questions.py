"""The contract of the questions that lint asks a database: what a query would do, without running it, and counts of rows.

`dialects/NAME/questions.py` fulfils it with an object `QUESTIONS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whimbrel.dialects.rules import DialectRules
    from whimbrel.parsing.parameters import Template

__all__ = ["Questions"]


class Questions(ABC):
    """The statements around a question. Each list ends with a statement that undoes the others."""

    # The function that counts the characters of a text.
    length = "char_length"

    @abstractmethod
    def prepare(self, template: Template, rules: DialectRules) -> list[str]:
        """Return the statements that let the server check a statement without running it, and then forget it.

        There are none for a statement that the server would run all the same.
        """

    @abstractmethod
    def begin_reading(self, database: str, seconds: float) -> list[str]:
        """Return the statements that begin a transaction which cannot write, and limit each query to `seconds`."""
