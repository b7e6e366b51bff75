"""Valid and invalid requests to every route of the application's own OpenAPI: no 500, only documented answers.

The package takes seconds to import, so that only the process that runs these tests imports it, and not each that collects them.
"""

from __future__ import annotations

import os
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.application import web
from tests.application.conftest import logged_in
from tests.application.marks import ONCE
from tests.application.test_isolation import OPENAPI, fill
from tests.application.test_organizations import promote
from tests.patience import PATIENCE

if TYPE_CHECKING:
    import schemathesis
    from schemathesis.checks import CheckFunction
    from schemathesis.specs.openapi.schemas import OpenApiSchema

pytestmark = ONCE

# `tox -e attacks-full` sends more.
EXAMPLES = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 8
# These log the user out, or take longer with each tenant; other tests cover them.
LEFT_OUT = ("/auth/logout", "/auth/logout-everywhere", "/admin/sync-tenants")
# DELETE routes come last, so that the others find objects.
ROUTES = sorted(
    ((method, path) for path, operations in OPENAPI["paths"].items() for method in operations if path not in LEFT_OUT),
    key=lambda route: route[0] == "delete",
)


@pytest.fixture(scope="module")
def user(address: str, served_url: str) -> tuple[str, dict[str, str]]:
    """Yield the token of an administrator who has one object of each kind, and their ids."""
    with logged_in(address) as client, logged_in(address) as member:
        promote(served_url, client)
        return client.cookies["session"], fill(client, "schemathesis", member)


@pytest.fixture(scope="module")
def schema() -> OpenApiSchema:
    """Return the application's own OpenAPI as schemathesis reads it."""
    import schemathesis

    return schemathesis.openapi.from_dict(deepcopy(OPENAPI))


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_request_gets_500_or_an_undocumented_answer(
    address: str, schema: OpenApiSchema, user: tuple[str, dict[str, str]], method: str, path: str, mode: str
) -> None:
    from schemathesis import GenerationMode

    operation, (token, ids) = schema[path][method], user
    nothing_to_send = not any(list(part) for part in (operation.body, operation.path_parameters, operation.query))
    if mode == "negative" and nothing_to_send:
        return

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)), known=st.booleans())
    def ask(case: schemathesis.Case[Any], known: bool) -> None:
        if known and case.path_parameters:
            case.path_parameters = {name: ids[name] for name in case.path_parameters}
        case.cookies = {"session": token}
        case.call_and_validate(base_url=address, checks=checks(), timeout=PATIENCE)

    ask()
    # No request has logged the user out, so all of them had a valid login.
    assert web.get(f"{address}/auth/me", headers={"Cookie": f"session={token}"}).status_code == 200


def checks() -> list[CheckFunction]:
    """Return what each answer must fulfil."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as openapi

    documented = [openapi.content_type_conformance, openapi.response_schema_conformance, openapi.status_code_conformance]
    return [not_a_server_error, *documented]
