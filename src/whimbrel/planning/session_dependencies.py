"""Check that the remaining statements do not depend on session state lost with the previous connection.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.planning.plan import Plan
from whimbrel.planning.statement import PlannedStatement

__all__ = ["check_session"]

# A dump saves these settings in variables and restores them. The runner and the file's own SETs set the same values again.
_SETTINGS = frozenset(
    (
        *("CHARACTER_SET_CLIENT", "CHARACTER_SET_RESULTS", "COLLATION_CONNECTION", "TIME_ZONE", "UNIQUE_CHECKS", "SQL_MODE"),
        *("FOREIGN_KEY_CHECKS", "SQL_NOTES", "SQL_LOG_BIN", "NOTE_VERBOSITY"),
    )
)
# Functions that report on an earlier statement: ids last until the next INSERT, counts until the next statement.
_IDS = {"mysql": {"LAST_INSERT_ID"}, "sqlite": {"LAST_INSERT_ROWID"}}
_COUNTS = {"mysql": {"ROW_COUNT", "FOUND_ROWS"}, "sqlite": {"CHANGES"}}
_INSERTS = ("INSERT", "REPLACE", "WITH", "LOAD", "CALL")


def check_session(plan: Plan, done: int) -> None:
    """Raise ValidationFailed if the remaining statements use state of the lost session.

    Such state is temporary tables, results of functions that report on an earlier statement, and on MySQL and MariaDB user
    variables. A SET of constants simply runs again. A computed value (`SET @id = LAST_INSERT_ID()`) could differ now.
    """
    if done == 0:
        return
    database = "mysql" if plan.lexer_rules.delimiter_command else plan.lexer_rules.name
    ids, counts = _IDS.get(database, set()), _COUNTS.get(database, set())
    lost: dict[str, PlannedStatement] = {}
    for planned in plan.statements():
        if planned.number <= done:
            _lose(plan, planned, lost)
            continue
        # Most files create neither, and reading the rest of a large file takes time.
        if not lost and not ids and not counts:
            return
        found = list(tokens(planned.statement.text, plan.lexer_rules))
        made = _assigned(found) | _temporary(plan, planned)
        if gone := sorted(_used(found) & set(lost)):
            raise _refused(plan, planned, f"uses {gone[0]}, which statement {lost[gone[0]].number} made")
        if called := sorted(_called(found) & (ids | counts)):
            raise _refused(plan, planned, f"uses {called[0]}(), which reports on an earlier statement")
        for name in made:
            lost.pop(name, None)
        ids, counts = (set() if planned.words[:1] and planned.words[0] in _INSERTS else ids), set()


def _refused(plan: Plan, planned: PlannedStatement, what: str) -> ValidationFailed:
    message = (
        f"{plan.place(planned)}: statement {planned.number} {what} in a session that has ended; "
        "create it again in the remaining statements, and run again"
    )
    return ValidationFailed([Problem(ProblemKind.RESUME, message, plan.migration.path)])


def _lose(plan: Plan, planned: PlannedStatement, lost: dict[str, PlannedStatement]) -> None:
    """Record the session state that an applied statement made and that will not be made again."""
    for name in _temporary(plan, planned):
        lost[name] = planned
    if planned.words[:2] == ("DROP", "TABLE") or planned.words[:3] == ("DROP", "TEMPORARY", "TABLE"):
        for name in _used(list(tokens(planned.statement.text, plan.lexer_rules))):
            lost.pop(name, None)
    if not plan.lexer_rules.delimiter_command:
        return
    found = list(tokens(planned.statement.text, plan.lexer_rules))
    if planned.words[:1] in (("CALL",), ("LOAD",)):
        # These parameters return a value to the session.
        lost |= dict.fromkeys(_variables(found).values(), planned)
    elif planned.words[:1] != ("SET",) or _computes(found, lost):
        lost |= dict.fromkeys(_assigned(found), planned)
    else:
        for name in _assigned(found):
            lost.pop(name, None)


def _temporary(plan: Plan, planned: PlannedStatement) -> set[str]:
    """Return the table or view that a statement creates for its session alone, in lower case."""
    head = TokenCursor(planned.statement.text, plan.lexer_rules, limit=20, fold=str.lower)
    if not head.take("CREATE"):
        if "INTO" not in planned.words or plan.lexer_rules.delimiter_command:
            return set()
        while not head.ended() and not head.take("INTO"):
            head.skip()
        temporary = head.take("TEMP") or head.take("TEMPORARY")
        head.take("TABLE")
        name = head.qualified()
        return {name[1].lower()} if name and temporary else set()
    head.take("OR", "REPLACE")
    _ = head.take("LOCAL") or head.take("GLOBAL")
    temporary = head.take("TEMP") or head.take("TEMPORARY")
    head.take("RECURSIVE")
    if not (head.take("TABLE") or head.take("VIEW") or head.take("SEQUENCE")):
        return set()
    head.condition(wanted=True)
    name = head.qualified()
    # MySQL and MariaDB allow a database of this name.
    if name and name[0].lower() in ("temp", "pg_temp") and not plan.lexer_rules.delimiter_command:
        temporary = True
    return {name[1].lower()} if name and temporary else set()


def _used(found: Sequence[Token]) -> set[str]:
    """Return the names and variables that a statement reads, in lower case; variables that it only sets are left out."""
    variables, set_here = _variables(found), _assignments(found)
    names = {unquoted(token).lower() for token in found if token.kind in ("word", "name")}
    names = names - _temporary_of(found)
    return names | {name for index, name in variables.items() if index not in set_here}


def _temporary_of(found: Sequence[Token]) -> set[str]:
    # CREATE TEMPORARY TABLE x creates x again, unless the statement also reads x.
    words = [token.upper for token in found[:12]]
    if words[:1] != ["CREATE"] or not {"TEMP", "TEMPORARY"} & set(words) or "TABLE" not in words:
        return set()
    after = found[words.index("TABLE") + 1 :]
    if [token.upper for token in after[:3]] == ["IF", "NOT", "EXISTS"]:
        after = after[3:]
    names = [unquoted(token).lower() for token in after if token.kind in ("word", "name")]
    return set(names[:1]) if names and names.count(names[0]) == 1 else set()


def _called(found: Sequence[Token]) -> set[str]:
    return {token.upper for token, after in pairwise(found) if after.text == "("}


def _variables(found: Sequence[Token]) -> dict[int, str]:
    """Return the user variables in a statement, by the index of their `@`."""
    return {
        index: f"@{unquoted(name).lower()}"
        for index, (sign, name) in enumerate(pairwise(found))
        if sign.text == "@"
        and name.kind in ("word", "name")
        and sign.end == name.start
        and (index == 0 or found[index - 1].text != "@")
    }


def _assignments(found: Sequence[Token]) -> set[int]:
    """Return the indexes of the variables that a statement assigns: SET @a = , @a := and INTO @a, @b."""
    sets, places = bool(found) and found[0].upper == "SET", set()
    texts = [token.upper or token.text for token in found] + ["", "", ""]
    for index in _variables(found):
        before, after = texts[index - 1] if index else "", texts[index + 2 : index + 4]
        listed = before == "INTO" or (before == "," and index - 3 in places and texts[index - 4] in ("INTO", ","))
        if after == [":", "="] or (sets and after[0] == "=" and before in ("SET", ",")) or (listed and not sets):
            places.add(index)
    return places


def _assigned(found: Sequence[Token]) -> set[str]:
    variables = _variables(found)
    return {variables[index] for index in _assignments(found)}


def _computes(found: Sequence[Token], lost: dict[str, PlannedStatement]) -> bool:
    """Whether a SET computes values from more than constants and variables that hold constants."""
    if any(token.text == "(" or token.upper.startswith(("CURRENT_", "LOCALTIME", "UTC_")) for token in found):
        return True
    return bool(_used(found) & set(lost)) or any(
        index > 1 and found[index - 1].text == found[index - 2].text == "@" and _reads(found, index)
        for index in range(len(found))
    )


def _reads(found: Sequence[Token], index: int) -> bool:
    """Whether the statement reads the `@@` variable before the word at `index`, and no later SET restores that setting."""
    while index + 2 < len(found) and found[index + 1].text == ".":
        index += 2
    after = [token.text for token in found[index + 1 : index + 3]]
    return after[:1] != ["="] and after != [":", "="] and found[index].upper not in _SETTINGS
