"""Whatever a request holds that the API's own document allows, or nearly allows: no answer is a fault of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.from_thread
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from tests.fuzz.amount import amount
from tests.integration.api.front import ADMIN, STORE, ApiClient, front
from tests.support.stack import running_stack

# They ask Prefect, which does not run here: 503 is the right answer.
ASK_PREFECT = ("/journeys/{name}/runs", "/journeys/{name}/pause", "/journeys/{name}/resume")
HEALTH = ("/healthz", "/readyz")
WRITE_KEY, ADMIN_KEY = "write key", "admin key"  # as the document calls them


@contextmanager
def serve(database_url: str, folder: Path) -> Iterator[str]:
    """The address of the API of the shipped shop, which answers from a thread of its own."""
    with anyio.from_thread.start_blocking_portal() as portal:
        stack = portal.wrap_async_context_manager(running_stack(database_url, folder))
        with stack as running, portal.wrap_async_context_manager(front(running)) as api:
            yield _address(api)


def _address(api: ApiClient) -> str:
    return str(api.client.base_url).rstrip("/")


def test_no_request_that_is_allowed_is_answered_with_a_fault(database_url: str, tmp_path: Path) -> None:
    with serve(database_url, tmp_path) as url:
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json").exclude(path=[*ASK_PREFECT, *HEALTH])
        operations = [result.ok() for result in schema.get_all_operations()]
        assert len(operations) > 12
        for operation in operations:
            _try(operation, url)


def _try(operation: Any, url: str) -> None:
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    key, answers = _key_for(operation), list[int]()

    @amount(small=12)
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)))
    def answered(case: Any) -> None:
        response = case.call(base_url=url, **key)
        answers.append(response.status_code)
        case.validate_response(response, checks=[not_a_server_error])

    answered()
    assert not key or set(answers) - {401, 403}, f"{operation.label}: nothing was tried but the key"


def _key_for(operation: Any) -> dict[str, Any]:
    """The key that the document asks for there; nothing where it asks for none."""
    asked = {name for way in operation.definition.raw.get("security", ()) for name in way}
    assert asked <= {WRITE_KEY, ADMIN_KEY}, asked
    if ADMIN_KEY in asked:
        return {"headers": {"Authorization": f"Bearer {ADMIN}"}}
    return {"auth": (STORE, "")} if asked else {}
