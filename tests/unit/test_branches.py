"""Judge the files of a branch beside those of its base: pure, by tables."""

from datetime import UTC, datetime

import pytest

from whimbrel.migrations.migration import Version
from whimbrel.migrations.squash import Ranges
from whimbrel.review.branches import Branch, BranchVerdict, judge
from whimbrel.review.renumber import renumber

NOW = datetime(2026, 1, 5, tzinfo=UTC)
A, B, C, D = "V001__a.sql", "V002__b.sql", "V003__c.sql", "V004__d.sql"


def files(*names: str, **texts: str) -> dict[str, str]:
    """Return files whose text is their own name, or another one by the first letter of their description."""
    return {name: texts.get(name.partition("__")[2][0], name) for name in names}


# The branch; the kinds and names of its problems; the commands that solve them.
CASES: dict[str, tuple[Branch, list[str], list[str]]] = {
    "nothing new": (Branch(files(A, B), files(A, B), files(A, B)), [], []),
    "one more": (Branch(files(A), files(A), files(A, B)), [], []),
    "behind the base": (Branch(files(A, B, C), files(A), files(A)), [], []),
    "behind, and the base squashed": (Branch(files(C), files(A, B), files(A, B)), [], []),
    "behind, and the base renamed": (Branch({C: A}, files(A), files(A)), [], []),
    "behind, and the base edited": (Branch(files(A, a="new"), files(A), files(A)), [], []),
    "both made the same edit": (Branch(files(A, a="new"), files(A), files(A, a="new")), [], []),
    "the same version": (
        Branch(files(A, B), files(A), files(A, "V002__other.sql")),
        ["duplicate V002__other.sql"],
        ["V002__other.sql V003__other.sql"],
    ),
    "the same version, merged": (
        Branch(files(A, B), files(A, B), files(A, B, "V002__other.sql")),
        ["duplicate V002__other.sql"],
        ["V002__other.sql V003__other.sql"],
    ),
    "the same version in other digits": (
        Branch(files(A, B), files(A), files(A, "V2__other.sql")),
        ["duplicate V2__other.sql"],
        ["V2__other.sql V003__other.sql"],
    ),
    "the same name, another text": (
        Branch(files(A, B, b="theirs"), files(A), files(A, B)),
        ["duplicate V002__b.sql"],
        ["V002__b.sql V003__b.sql"],
    ),
    "the same name and text": (Branch(files(A, B), files(A), files(A, B)), [], []),
    "two of ours with one version": (
        Branch(files(A), files(A), files(A, "V002__x.sql", "V002__y.sql")),
        ["duplicate V002__y.sql"],
        ["V002__y.sql V003__y.sql"],
    ),
    "before the newest": (Branch(files(A, C), files(A, C), files(A, B, C)), ["out_of_order V002__b.sql"], [f"{B} V004__b.sql"]),
    "two that collide, and those after them": (
        Branch(files(A, B, C), files(A), files(A, "V002__x.sql", "V003__y.sql", "V004__z.sql")),
        ["duplicate V002__x.sql", "duplicate V003__y.sql"],
        ["V004__z.sql V006__z.sql", "V003__y.sql V005__y.sql", "V002__x.sql V004__x.sql"],
    ),
    "a gap large enough": (
        Branch(files(A, B), files(A), files(A, "V002__x.sql", "V009__y.sql")),
        ["duplicate V002__x.sql"],
        ["V002__x.sql V003__x.sql"],
    ),
    "variants move together": (
        Branch(files(A, B), files(A), files(A, "V002__x.mysql.sql", "V002__x.sql")),
        ["duplicate V002__x.mysql.sql", "duplicate V002__x.sql"],
        ["V002__x.mysql.sql V003__x.mysql.sql", "V002__x.sql V003__x.sql"],
    ),
    "a variant added to an applied version": (
        Branch(files(A, B), files(A, B), files(A, B, "V001__a.mysql.sql")),
        ["duplicate V001__a.mysql.sql"],
        ["V001__a.mysql.sql V003__a.mysql.sql"],
    ),
    "edited": (Branch(files(A, B), files(A, B), files(A, B, a="new")), ["edited V001__a.sql"], ["restore V001__a.sql"]),
    "edited on both sides": (
        Branch(files(A, a="theirs"), files(A), files(A, a="ours")),
        ["edited V001__a.sql"],
        ["restore V001__a.sql"],
    ),
    "deleted": (Branch(files(A, B), files(A, B), files(B)), ["missing V001__a.sql"], ["restore V001__a.sql"]),
    "renumbered": (
        Branch(files(A, B), files(A, B), {A: A, "V005__b.sql": B}),
        ["renamed V005__b.sql"],
        ["V005__b.sql V002__b.sql"],
    ),
    "the base has it under another number": (
        Branch({A: A, "V007__x.sql": "x"}, files(A), {A: A, "V002__x.sql": "x"}),
        ["renamed V002__x.sql"],
        ["V002__x.sql V007__x.sql"],
    ),
    "another description": (Branch(files(A), files(A), {"V001__better.sql": A}), [], []),
    "dates": (
        Branch(files("V20260102__b.sql"), files(), files("V20260101__a.sql")),
        ["out_of_order V20260101__a.sql"],
        ["V20260101__a.sql V20260105__a.sql"],
    ),
    "points": (
        Branch(files("V1.9__b.sql"), files(), files("V1.9__x.sql")),
        ["duplicate V1.9__x.sql"],
        ["V1.9__x.sql V1.10__x.sql"],
    ),
    "other files": (Branch({"seed.sql": "x"}, {"seed.sql": "x"}, {"seed.sql": "y", "more.sql": "z"}), [], []),
    "an empty base": (Branch({}, {}, files(A, B)), [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_a_branch_is_judged_by_its_base(case: str) -> None:
    branch, problems, mended = CASES[case]
    verdict = judge(branch, {}, NOW)
    assert sorted(f"{one.kind} {one.name}" for one in verdict.problems) == problems
    moves = [f"{old} {new}" for old, new in verdict.moves]
    assert moves + [f"restore {name}" for name in verdict.restored] == mended


@pytest.mark.parametrize("case", CASES)
def test_a_mended_branch_has_no_problem(case: str) -> None:
    branch = CASES[case][0]
    verdict = judge(branch, {}, NOW)
    ours = dict(branch.ours)
    for old, new in verdict.moves:
        assert new not in ours
        ours[new] = ours.pop(old)
    ours |= {name: branch.base[name] for name in verdict.restored}
    mended = judge(branch._replace(ours=ours), {}, NOW)
    # A name that both sides gave to another text stays new to the branch until it is merged.
    assert [one for one in mended.problems if one.kind != "missing"] == []
    assert mended.moves == ()


def test_a_squashed_file_takes_the_place_of_those_that_it_replaces() -> None:
    ranges: Ranges = [(Version((1,)), Version((3,)))]
    squashed = "V3.1__all.sql"
    branch = Branch(files(A, B, C, D), files(A, B, C, D), files(squashed, D))
    assert judge(branch, {squashed: ranges}, NOW) == BranchVerdict((), (), (), (squashed,))
    assert {one.name for one in judge(branch, {}, NOW).problems} == {A, B, C, squashed}


def test_versions_rise_in_the_width_of_the_newest() -> None:
    assert renumber(["V099__x.sql"], {"V007__y.sql": "V007__y.sql"}, NOW) == {"V007__y.sql": "V100__y.sql"}
