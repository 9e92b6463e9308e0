"""What success looks like, where providers.yaml says it: whatever does not look so was not taken."""

from __future__ import annotations

import httpx
import pytest

from kaskad.channels.base import ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.domain.channel import Channel, SendResult, Sent
from kaskad.domain.journeys.providers import SuccessRule
from tests.contract.troubled_servers import answering
from tests.contract.world import NOW, SECRET, kind, message

pytestmark = pytest.mark.anyio
ANY = SuccessRule(body="any")
TEXT = SuccessRule(text=("OK", "Accepted ✓"))
STARTS = SuccessRule(starts=("OK - ", "Accepted:"))
JSON = SuccessRule(document={"messages.0.status": ("0", "queued"), "done": (True,)}, id="messages.0.message-id")

CASES: list[tuple[SuccessRule | None, int, str, str]] = [
    (None, 200, "OK", "unknown"),
    (None, 204, "", "unknown"),
    (None, 200, "", "unknown"),
    (ANY, 200, "OK", "sent"),
    (ANY, 204, "", "sent"),
    (ANY, 200, "", "sent"),
    (ANY, 200, '{"error": "whatever"}', "sent"),
    (ANY, 400, "OK", "refused"),
    (ANY, 302, "OK", "ours"),
    (ANY, 500, "OK", "unknown"),
    (SuccessRule(status=(204,)), 204, "", "sent"),
    (SuccessRule(status=(200, 202)), 202, "thanks", "sent"),
    (SuccessRule(status=(202,)), 200, '{"id": "1"}', "refused"),
    (SuccessRule(status=(202,)), 200, '{"detail": "insufficient funds"}', "ours"),
    (SuccessRule(status=(200,)), 200, '{"error": "bad text"}', "refused"),
    (SuccessRule(status=(202,), body="any"), 200, "OK", "refused"),
    (TEXT, 200, " ok \n", "sent"),
    (TEXT, 200, "ACCEPTED ✓", "sent"),
    (TEXT, 200, "OK, but no", "refused"),
    (TEXT, 200, "", "refused"),
    (TEXT, 200, "ERROR = 2 (authorise error)", "ours"),
    (TEXT, 200, "ERROR = 3 (not enough money)", "ours"),
    (TEXT, 200, "ERROR = 7 (invalid number)", "refused"),
    (TEXT, 200, "ERROR = 9 (duplicate request, wait a minute)", "unknown"),
    (STARTS, 200, "OK - 1 SMS, ID - 17", "sent"),
    (STARTS, 200, "\n ok - 2 sms, id - 18\n", "sent"),
    (STARTS, 200, "ACCEPTED: 17", "sent"),
    (STARTS, 200, "OKAY", "refused"),
    (STARTS, 200, "Not OK - 1 SMS", "refused"),
    (STARTS, 200, "", "refused"),
    (STARTS, 200, "ERROR = 3 (not enough money)", "ours"),
    (STARTS, 200, "ERROR = 9 (duplicate request, wait a minute)", "unknown"),
    (JSON, 200, '{"messages": [{"status": 0, "message-id": "A"}], "done": true}', "sent"),
    (JSON, 200, '{"messages": [{"status": "QUEUED"}], "done": "True", "error": "old"}', "sent"),
    (JSON, 200, '{"messages": [{"status": "0"}]}', "refused"),
    (JSON, 200, '{"messages": [{"status": "4"}], "done": true}', "refused"),
    (JSON, 200, '{"messages": [], "done": true}', "refused"),
    (JSON, 200, '{"messages": {"0": {"status": "0"}}, "done": true}', "sent"),
    (JSON, 200, "[]", "refused"),
    (JSON, 200, "OK", "refused"),
    (JSON, 200, '{"messages": [{"status": "9", "error-text": "Quota exceeded"}], "done": true}', "ours"),
    (SuccessRule(document={"error": (None,)}), 200, '{"error": null}', "sent"),
    (SuccessRule(document={"code": (0,)}), 200, '{"code": "0"}', "sent"),
    (SuccessRule(document={"code": (1.0,)}), 200, '{"code": 1}', "sent"),
    (SuccessRule(document={"ok": (False,)}), 200, '{"ok": 0}', "refused"),
    (SuccessRule(id="data.id"), 200, '{"data": {"id": 7}}', "sent"),
    (SuccessRule(id="data.id"), 200, "OK", "unknown"),
    (SuccessRule(id="data.id"), 200, '{"success": false}', "refused"),
]


async def sent(client: httpx.AsyncClient, success: SuccessRule | None, status: int, body: str) -> SendResult:
    async with answering(status, body.encode()) as (url, _):
        config = ProviderConfig("x", Channel.SMS, "http", url, SECRET, success=success)
        return await HttpProvider(config, client, lambda: NOW).send(message(Channel.SMS))


@pytest.mark.parametrize(("success", "status", "body", "means"), CASES)
async def test_an_answer_is_success_as_it_was_said(
    client: httpx.AsyncClient, success: SuccessRule | None, status: int, body: str, means: str
) -> None:
    assert kind(await sent(client, success, status, body)) == means


IDS = [
    (JSON, '{"messages": [{"status": 0, "message-id": "A"}], "done": true}', "A"),
    (SuccessRule(id="data.id"), '{"data": {"id": 7}}', "7"),
    (SuccessRule(id="data.0.id"), '{"data": {"id": 7}}', ""),
    (SuccessRule(id="a.99999999999999999999"), '{"a": [1]}', ""),
    (ANY, "17", ""),
]


@pytest.mark.parametrize(("success", "body", "reference"), IDS)
async def test_the_providers_id_stands_where_it_was_said(
    client: httpx.AsyncClient, success: SuccessRule, body: str, reference: str
) -> None:
    assert await sent(client, success, 200, body) == Sent(reference)
