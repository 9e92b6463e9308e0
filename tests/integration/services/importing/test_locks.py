"""What an import locks before it writes: nobody is waited for while addresses are held."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.services.ingestion import ingest, segment_events
from tests.support.delivering import everybody
from tests.support.rules import customer_of
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio


async def test_whoever_has_a_refused_address_is_locked_before_anything_is_written(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await stack.person("holder", "email")
    no = {"type": "track", "event": "Unsubscribed", "messageId": "no", "timestamp": stack.now.isoformat()}
    no |= {"userId": "speaker", "properties": {"email": "holder@customer.example"}}
    events = segment_events.parse_request({"batch": [no]}, stack.now, stack.project, source="site").events
    locked, locking = list[list[int]](), ingest.enrollments.lock_customers

    async def lock(connection: Any, customers: Any) -> frozenset[int]:
        locked.append(list(customers))
        return await locking(connection, customers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.enrollments, "lock_customers", lock)
        async with stack.runtime.database.transaction() as connection:
            await ingest.store_history(connection, deps=stack.runtime, source="site", events=events)
    assert await customer_of(stack, "holder") in locked[0]
