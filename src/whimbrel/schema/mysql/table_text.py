"""Read the facts that only SHOW CREATE TABLE shows: the text of some tables, defaults, actions of foreign keys. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.schema.mysql.definitions import Definition
from whimbrel.schema.mysql.names import unqualify
from whimbrel.schema.mysql.questions import Facts
from whimbrel.schema.mysql.types import string_value
from whimbrel.schema.mysql.untold import has_untold_parts

__all__ = ["create_table_of", "foreign_rules", "literal_defaults", "portable_literal", "table_text"]


def create_table_of(definition: Definition) -> bytes:
    """Return the CREATE TABLE. MariaDB prints the bytes of a default as they are."""
    return bytes(definition["Create Table"])


def _text(definition: Definition) -> str:
    return create_table_of(definition).decode(errors="surrogateescape")


def table_text(definition: Definition, schema: str, rules: LexerRules) -> str:
    """Return the CREATE TABLE, without its row counter, if the views lack one of its parts; else an empty text."""
    if not has_untold_parts(create_table_of(definition), rules):
        return ""
    text, kept, at = _text(definition), "", 0
    found = list(tokens(text, rules))
    for index, token in enumerate(found[:-2]):
        if token.upper == "AUTO_INCREMENT" and found[index + 1].text == "=":
            kept += text[at : token.start].rstrip(" ")
            at = found[index + 2].end
        elif token.kind == "string":
            kept += text[at : token.start] + portable_literal(token)
            at = token.end
    return unqualify(kept + text[at:], schema, rules, aliases=False).text


def portable_literal(token: Token) -> str:
    """Return a string literal, in hexadecimal if its bytes are not UTF-8."""
    if not any("\udc80" <= one <= "\udcff" for one in token.text):
        return token.text
    return f"X'{string_value(token).encode(errors='surrogateescape').hex().upper()}'"


def literal_defaults(definition: Definition, rules: LexerRules) -> dict[str, Token]:
    """Return the literals that are defaults, by column. information_schema cuts and replaces some of their characters."""
    found, literals = list(tokens(_text(definition), rules)), dict[str, Token]()
    depth, column = 0, ""
    for index, token in enumerate(found[:-1]):
        if depth == 1 and token.kind == "name" and found[index - 1].text in ("(", ","):
            column = unquoted(token)
        depth += (token.text == "(") - (token.text == ")")
        value = found[index + 1]
        if depth == 1 and token.upper == "DEFAULT" and (value.kind == "string" or value.upper.startswith("0X")):
            literals[column] = value
    return literals


def foreign_rules(definition: Definition, rules: LexerRules) -> dict[str, Facts]:
    """Return the actions of the foreign keys by name, as in information_schema.referential_constraints."""
    found, rules_of = list(tokens(_text(definition), rules)), dict[str, Facts]()
    for index, token in enumerate(found):
        if token.upper == "FOREIGN" and found[index - 2].upper == "CONSTRAINT":
            rules_of[unquoted(found[index - 1])] = _actions(found[index:])
    return rules_of


def _actions(found: Sequence[Token]) -> Facts:
    """Return the actions of the foreign key that begins here. MariaDB's default is RESTRICT."""
    actions, depth = {"delete_rule": "RESTRICT", "update_rule": "RESTRICT"}, 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0 or (depth == 0 and token.text == ","):
            break
        if token.upper == "ON":
            words = [one.upper for one in found[index + 1 : index + 4]]
            actions[f"{words[0].lower()}_rule"] = " ".join(words[1:]) if words[1] in ("SET", "NO") else words[1]
    return actions
