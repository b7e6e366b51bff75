"""The labels that follow from measured facts, in the plainest words: the corpus checks the facts, and rules build on them."""

from collections.abc import Iterator

from whimbrel.review.lint.case import Case

__all__ = ["labels_of"]

_DELETING = ("TRUNCATE", "DELETE", "UPDATE", "DO")


def labels_of(cases: list[Case]) -> set[str]:
    """Return the codes of rules that the facts of these statements call for."""
    return {code for case in cases for code in _labels(case)}


def _labels(case: Case) -> Iterator[str]:
    facts = case.facts
    if facts is None:
        return
    if facts.refused:
        yield "P01"
        return
    held = {one.table: one.blocks for one in facts.locks if one.table not in case.fresh}
    blocked = {table for table, blocks in held.items() if blocks in ("everything", "writes")}
    rewritten = {one for one in facts.rewritten if one not in case.fresh}
    if facts.built and blocked and not rewritten:
        yield "L01"
    if any(held.get(one) == "everything" for one in rewritten):
        yield "L02"
    if not facts.built and (blocked - rewritten) & set(facts.scanned) and not _reads_only(case):
        yield "L03"
    yield from _row_labels(case)


def _reads_only(case: Case) -> bool:
    return case.statement.words[0] in ("SELECT", "DELETE", "UPDATE", "REFRESH")


def _row_labels(case: Case) -> Iterator[str]:
    facts, word = case.facts, case.statement.words[0]
    assert facts is not None
    counts = {table: count for table, count in (facts.counts or {}).items() if table not in case.fresh}
    emptied = [table for table, (before, after) in counts.items() if before and not after]
    if word in ("DROP",) and emptied:
        yield "D01"
    if word in _DELETING and (emptied or (word == "UPDATE" and facts.changed and facts.rows > 300)):
        yield "D02"
    if case.before is not None and case.after is not None and word == "ALTER":
        for table in case.before.tables:
            after = case.after.table(table.name)
            names = {one.name for one in after.columns} if after else {one.name for one in table.columns}
            if table.name not in case.fresh and len(names & {one.name for one in table.columns}) < len(table.columns):
                renamed = after is not None and len(after.columns) == len(table.columns)
                if not renamed:
                    yield "D01"
