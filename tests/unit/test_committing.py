"""A call of a procedure that commits needs no transaction around it, if the files show the procedure."""

import pytest

from tests.unit.make import migration
from tests.unit.plans import dialect
from whimbrel.planning.plan import Planner

MAKES = "CREATE OR REPLACE PROCEDURE s.Fill(n int) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (n); COMMIT; END $$;"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([f"{MAKES} CALL s.fill(2);"], False),
        ([MAKES, "CALL fill(2);"], False),
        ([MAKES, "DO $$ BEGIN CALL s.fill(2); END $$;"], False),
        (
            [MAKES, "CREATE PROCEDURE twice() LANGUAGE plpgsql AS 'BEGIN CALL s.fill(1); CALL s.fill(2); END'", "CALL twice();"],
            False,
        ),
        ([MAKES.replace("COMMIT", "ROLLBACK"), "CALL fill(2);"], False),
        ([MAKES], True),
        ([MAKES, "CALL other(2);"], True),
        ([MAKES, "SELECT 'CALL fill(2)';"], True),
        ([MAKES.replace("COMMIT", "NULL"), "CALL s.fill(2);"], True),
        ([MAKES.replace("COMMIT;", "PERFORM 'COMMIT;';"), "CALL s.fill(2);"], True),
        (["CREATE PROCEDURE p() LANGUAGE sql AS 'DELETE FROM t'; CALL p();"], True),
        (["CALL s.fill(2);"], True),
    ],
)
def test_the_last_file_runs_in_a_transaction_unless_it_calls_what_commits(files: list[str], expected: bool) -> None:
    planner, postgresql = Planner(native=False), dialect("postgresql")
    plans = [
        planner.plan(postgresql, "postgresql", migration(str(number), text=text)) for number, text in enumerate(files, start=1)
    ]
    assert [plan.in_transaction for plan in plans] == [*[True] * (len(files) - 1), expected]
