"""Valid and invalid requests to every route of the application's own OpenAPI: no 500, only documented answers."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from application import build
from tests.application import web
from tests.application.conftest import ONCE, logged_in
from tests.application.test_isolation import fill
from tests.application.test_organizations import promote
from tests.patience import PATIENCE

pytestmark = ONCE

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "20"))
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
SCHEMA = schemathesis.openapi.from_dict(build("sqlite://").openapi())
# These log the user out, or take longer with each tenant; other tests cover them.
LEFT_OUT = ("/auth/logout", "/auth/logout-everywhere", "/admin/sync-tenants")
# DELETE routes come last, so that the others find objects.
ROUTES = sorted(
    ((method, path) for path in SCHEMA for method in SCHEMA[path] if path not in LEFT_OUT),
    key=lambda route: route[0] == "delete",
)


@pytest.fixture(scope="module")
def user(address: str, served_url: str) -> tuple[str, dict[str, str]]:
    """Yield the token of an administrator who has one object of each kind, and their ids."""
    with logged_in(address) as client, logged_in(address) as member:
        promote(served_url, client)
        return client.cookies["session"], fill(client, "schemathesis", member)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_request_gets_500_or_an_undocumented_answer(
    address: str, user: tuple[str, dict[str, str]], method: str, path: str, mode: GenerationMode
) -> None:
    operation, (token, ids) = SCHEMA[path][method], user
    nothing_to_send = not any(list(part) for part in (operation.body, operation.path_parameters, operation.query))
    if mode is GenerationMode.NEGATIVE and nothing_to_send:
        return

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def ask(case: schemathesis.Case[Any], known: bool) -> None:
        if known and case.path_parameters:
            case.path_parameters = {name: ids[name] for name in case.path_parameters}
        case.cookies = {"session": token}
        case.call_and_validate(base_url=address, checks=CHECKS, timeout=PATIENCE)

    ask()
    # No request has logged the user out, so all of them had a valid login.
    assert web.get(f"{address}/auth/me", headers={"Cookie": f"session={token}"}).status_code == 200
