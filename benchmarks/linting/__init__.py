"""Compare lint with other linters on the corpus of PostgreSQL: caught, missed, needless, and seconds.

A statement blocks if it scans a table, builds an index or writes a table anew under a lock that stops writes: the labels L01 to
L04, which a probe proved on a server. The other dangers of the corpus are tables, columns or rows that are gone (D01, D02), and
statements that PostgreSQL refuses (P01). `rules.py` says which rule of a linter stands for which danger.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap

from benchmarks.databases import home
from benchmarks.linting.ours import judge_apart
from benchmarks.linting.rules import OF_LABELS, RULES, Danger
from benchmarks.linting.tools import TOOLS, Findings, Tool
from benchmarks.peers.environments import EnvironmentUnavailable
from benchmarks.tables import Table
from tests.lint.corpus import Labelled, load

_NOTE = """\
{statements} statements. `caught` and `missed` count the dangers that a linter has a rule for, `needless` its findings of a danger
that is not there; a statement that PostgreSQL refuses counts as that alone. Ours has the schema before each statement, or makes
it; the others read the statement. Our rules were made with this corpus at hand, theirs were not. Seconds are those of whole
processes, once each, without the start of the server. A file that a linter cannot read counts as refused.
{versions}"""
_Row = list[str | float | None]
_Pair = tuple[str, Danger]


def tables() -> Iterator[Table]:
    """Run all linters, ours in both layers, and yield a table for blocking statements and one for all dangers."""
    corpus = load("postgresql")
    entrants, versions = _findings(corpus)
    told = "\n".join(wrap("; ".join(versions), 120))
    yield _table("Statements that block", corpus, entrants, told, "blocks")
    yield _table("All dangers that a linter has a rule for", corpus, entrants, told, None)
    yield _differences(corpus, entrants)


def _findings(corpus: Sequence[Labelled]) -> tuple[dict[str, Findings], list[str]]:
    """Return what each linter finds, ours last, and the versions."""
    found: dict[str, Findings] = {}
    versions = []
    with TemporaryDirectory(prefix="whimbrel-linting-") as name:
        for tool in TOOLS:
            try:
                found[tool.name], version = _ask(tool, corpus, Path(name) / tool.name)
            except EnvironmentUnavailable as error:
                version = f"{tool.name} could not be had: {str(error).splitlines()[0]}"
            versions.append(version)
    found["ours, table"] = judge_apart("")
    with home("postgresql") as server:
        found["ours, measured"] = judge_apart(server.address)
    return found, versions


def _ask(tool: Tool, corpus: Sequence[Labelled], folder: Path) -> tuple[Findings, str]:
    environment = tool.obtain()
    folder.mkdir()
    # The first start of a program compiles and caches it.
    tool.ask(environment.programs, corpus[:1], folder)
    return tool.ask(environment.programs, corpus, folder), environment.told


def _table(title: str, corpus: Sequence[Labelled], entrants: Mapping[str, Findings], told: str, danger: Danger | None) -> Table:
    """Count for each linter one danger, or all that it has a rule for."""
    rows: list[_Row] = []
    for name, found in entrants.items():
        known = _known(name)
        asked = known & {danger} if danger else known
        if asked:
            caught, missed, needless = judge(corpus, _dangers(name, found), asked)
            rows.append([name, len(caught) + len(missed), len(caught), len(missed), len(needless), found.seconds])
        else:
            rows.append([name, *[None] * 5])
    note = _NOTE.format(statements=len(corpus), versions=told)
    return Table(title, note, ["linter", "dangers", "caught", "missed", "needless", "seconds"], rows)


def _differences(corpus: Sequence[Labelled], entrants: Mapping[str, Findings]) -> Table:
    """Name the statements that a linter misses, or flags needlessly, so that a reader can dispute each."""
    rows: list[_Row] = []
    for name, found in entrants.items():
        _, missed, needless = judge(corpus, _dangers(name, found), _known(name))
        for word, pairs in (("missed", missed), ("needless", needless)):
            rows += [[name, word, danger, key] for key, danger in pairs]
    return Table("The statements", "By their ids in tests/lint/corpus/postgresql.toml.", ["linter", "", "danger", "id"], rows)


def judge(
    corpus: Sequence[Labelled], found: Mapping[str, Set[Danger]], asked: Set[Danger]
) -> tuple[list[_Pair], list[_Pair], list[_Pair]]:
    """Return the pairs of a statement's id and a danger that are caught, missed and needless."""
    caught, missed, needless = list[_Pair](), list[_Pair](), list[_Pair]()
    for one in corpus:
        real, said = _labels(one) & asked, found.get(one.id, frozenset()) & asked
        caught += [(one.id, danger) for danger in sorted(real & said)]
        missed += [(one.id, danger) for danger in sorted(real - said)]
        if "P01" not in one.labels:
            # A refused statement does none of what it says, so a warning about that is neither right nor wrong.
            needless += [(one.id, danger) for danger in sorted(said - real)]
    return caught, missed, needless


def _labels(one: Labelled) -> frozenset[Danger]:
    return frozenset(OF_LABELS[code] for code in one.labels)


def _known(name: str) -> frozenset[Danger]:
    return frozenset(RULES[_family(name)].values())


def _dangers(name: str, found: Findings) -> dict[str, frozenset[Danger]]:
    rules = RULES[_family(name)]
    return {key: frozenset(rules[rule] for rule in named if rule in rules) for key, named in found.rules.items()}


def _family(name: str) -> str:
    """Both layers of ours have the same rules."""
    return name.partition(",")[0]
