"""Which contacts a public source's profile is compared with."""

from __future__ import annotations

import pytest

from kaskad.storage.ingestion.told_contacts import load_told_contacts
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio


async def test_devices_are_not_loaded_because_nothing_compares_them(stack: Stack) -> None:
    await stack.person("anna", "email", "push", "webpush", "sms")
    (anna,) = await stack.rows("SELECT customer_id AS id FROM identity WHERE value = 'anna'")
    async with stack.runtime.database.transaction() as connection:
        known = await load_told_contacts(connection, [anna["id"]])
    assert {channel for _, channel in known} == {"email", "sms", "viber", "call"}
