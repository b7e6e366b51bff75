"""A blueprint's folder was renamed: its files are not applied again to any tenant, and each tenant's history gets the new name
separately.
"""

import pytest

from tests.files import write_set
from tests.fleet import COUNTED, MIGRATIONS, Fleet, add
from whimbrel import repair, sync_tenants
from whimbrel.dialects.tenancy import find_tenancy
from whimbrel.url import parse_url

pytestmark = pytest.mark.asyncio


async def test_a_renamed_blueprint_stops_each_tenant_until_its_history_says_the_new_name(fleet: Fleet) -> None:
    await add(fleet, 2, 2)
    files = {f"V{version}__m.sql": text for version, text in enumerate(MIGRATIONS[:3], start=1)}
    renamed = write_set(fleet.folder / "sql" / "tenant" / "crm", files)
    report = await sync_tenants(fleet.url, renamed)
    assert [(one.name, one.exit_code, "repair --rename-set tenant" in one.error) for one in report.failed] == [
        (name, 3, True) for name in fleet.names(2)
    ]
    url = parse_url(fleet.url)
    for name in fleet.names(2):
        address, schema = find_tenancy(url).address(url, name)
        assert await repair(address, renamed, schema=schema, rename_set="tenant") == ["crm"]
    assert (await sync_tenants(fleet.url, renamed)).done == tuple(fleet.names(2))
    await fleet.judge(fleet.names(2), 3)
    assert COUNTED[2] == {1: 1, 2: 1, 3: 0}
