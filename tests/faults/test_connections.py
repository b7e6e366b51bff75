"""The matrix of connection faults: a part of it for every change, all of it in the full run."""

import pytest

from tests.faults.conftest import Figure
from tests.faults.connections import FAULTS, measured, summary
from tests.faults.ways import WAYS
from tests.servers import Server

# One fault of each kind: no process listens, no answer comes, the answers stop.
SAMPLE = ["refused", "silent after connect", "frozen in a query"]
# A loaded machine takes longer than the two seconds that the table of the command shows.
WITHIN_SECONDS = 15.0


@pytest.mark.fault("R70")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", WAYS)
def test_a_fault_of_the_connection_is_answered_in_time_and_over_with_its_cause(
    database: str, servers: dict[str, Server], full: bool, figure: Figure, way: str
) -> None:
    server = None if database == "sqlite" else servers[database]
    cells = list(measured(database, [way], list(FAULTS) if full else SAMPLE, within=WITHIN_SECONDS, server=server))
    assert cells
    figure(f"`python -m tests.faults.connections --databases {database} --ways {way}`", summary(cells))
    for cell in cells:
        figure(f"{way}, {cell.fault}", cell)
    assert [cell for cell in cells if cell.problem] == []
