"""Whether the words of an answer say that the message went, did not go, or may have gone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.world import answered_over_http, kind

pytestmark = pytest.mark.anyio

ANSWERS: list[tuple[str, int, Any, str]] = [
    # ways to say it
    ("x", 200, {"error": "Invalid number"}, "refused"),
    ("x", 200, {"errors": [{"text": "Invalid number"}]}, "refused"),
    ("x", 200, {"status": "ERROR"}, "refused"),
    ("x", 200, {"status": "failed", "id": "17"}, "refused"),
    ("x", 200, {"status": "ERR", "id": "17"}, "refused"),
    ("x", 200, {"status": "ERR: 12"}, "refused"),
    ("x", 200, {"status": "NOT_SENT"}, "refused"),
    ("x", 200, {"result": "not accepted"}, "refused"),
    ("x", 200, {"message_status": "NotDelivered"}, "refused"),
    ("x", 200, {"state": "KO", "id": "17"}, "refused"),
    ("x", 200, {"messages": [{"send-status": "unsent"}]}, "refused"),
    ("x", 200, {"id": "1", "status": "NOT_YET_SENT"}, "sent"),
    ("x", 200, {"id": "1", "status": "notified"}, "sent"),
    ("x", 200, {"error_code": 5}, "refused"),
    ("x", 200, {"errcode": 5, "id": "17"}, "refused"),
    ("x", 200, {"errno": "5"}, "refused"),
    ("x", 200, {"err": "text too long"}, "refused"),
    ("x", 200, {"errcode": 40001, "errmsg": "invalid credential, access token expired"}, "ours"),
    ("x", 200, {"id": "1", "errcode": 0, "errno": None, "err": "", "errmsg": "ok", "error_code": None}, "sent"),
    ("x", 200, {"success": False}, "refused"),
    ("x", 200, {"success": "false", "id": "17"}, "refused"),
    ("x", 200, {"ok": False}, "refused"),
    ("x", 200, {"result": "rejected: bad text"}, "refused"),
    ("x", 202, {"errorCode": "E17", "id": None}, "refused"),
    ("x", 200, {"statusCode": 400}, "refused"),
    ("x", 200, {"id": "1", "error": None, "errors": [], "error_code": 0, "errorText": "", "fault": False}, "sent"),
    ("x", 200, {"id": "1", "error": "0", "error_message": "null", "error_code": "000"}, "sent"),
    ("x", 200, {"id": "1", "errors": {"to": []}, "success": True, "ok": 1, "status": "queued"}, "sent"),
    ("x", 200, {"id": "1", "callbacks": {"error": "https://shop.example/error"}}, "sent"),
    ("x", 200, {"id": "1", "status": "accepted", "status_code": 200}, "sent"),
    ("x", 200, {"error": "sending limit exceeded for your account"}, "ours"),
    ("x", 422, {"error": "account_suspended"}, "ours"),
    ("x", 422, {"code": "insufficient_funds"}, "ours"),
    ("x", 422, {"code": "sender_blocked"}, "ours"),
    ("x", 422, {"detail": "your IP 10.0.0.1 is on our blocklist"}, "ours"),
    ("x", 400, {"status": "InvalidApiKey"}, "ours"),
    ("x", 400, {"error": "invoice unpaid"}, "ours"),
    ("x", 400, {"error": "daily sending quota of your plan is used up"}, "ours"),
    ("x", 400, {"error": "recipient has unsubscribed"}, "dead"),
    ("x", 400, {"error": "recipient blocked you"}, "dead"),
    ("x", 400, {"error": "the number is in your stop-list"}, "dead"),
    ("x", 400, {"error": "message size limit exceeded"}, "refused"),
    ("x", 400, {"error": "idempotency key is invalid"}, "refused"),
    ("x", 400, {"error": "recipient's account is blocked"}, "refused"),
    ("x", 403, {"error": "you may not write to this number"}, "refused"),
    ("x", 402, {"error": "recipient has unsubscribed"}, "ours"),
    # what may have gone already is never sent again by another channel
    ("smsc", 200, {"error": "duplicate request, wait a minute", "error_code": 9}, "unknown"),
    ("smsc", 200, {"error": "Повторный запрос в течение минуты", "error_code": 9}, "unknown"),
    ("x", 400, {"error": "duplicate request"}, "unknown"),
    ("x", 400, {"code": "DuplicateMessage"}, "unknown"),
    ("x", 422, {"detail": "this message was already sent"}, "unknown"),
    ("x", 422, {"detail": "A message with this key already exists"}, "unknown"),
    ("x", 400, {"type": "idempotency_error", "message": "Keys can only be used with the same parameters"}, "unknown"),
    ("x", 403, {"error": "deduplicated"}, "unknown"),
    ("x", 429, {"error": "duplicate within a minute"}, "unknown"),
    ("x", 409, {"error": "conflict"}, "unknown"),
    ("x", 200, {"status": "duplicate"}, "unknown"),
    ("x", 400, {"error": "idempotency key is missing"}, "refused"),
    ("x", 400, {"error": "invalid idempotency key"}, "refused"),
    # a success that tells something nobody understands
    ("x", 200, {"code": 3, "message": "bad"}, "unknown"),
    ("x", 200, {"code": "17", "msg": "what"}, "unknown"),
    ("x", 200, {"code": "bad_template"}, "unknown"),
    ("x", 200, {"status": 2}, "unknown"),
    ("x", 200, {"data": {"status": "no_workflow_steps_defined"}}, "unknown"),
    ("x", 200, {"status": "sent_without_template", "message": "queued"}, "unknown"),
    ("x", 200, {"status": 1, "message": "Message to the number 7999 was understood"}, "unknown"),
    ("novu", 201, {"data": {"acknowledged": True, "status": "error", "error": ["no"]}}, "refused"),
    ("novu", 201, {"data": {"acknowledged": True, "status": "subscriber_id_missing"}}, "unknown"),
    ("novu", 201, {"data": {"acknowledged": True, "status": "trigger_not_active"}}, "unknown"),
    ("novu", 201, {"data": {"acknowledged": True, "status": "processed", "transactionId": "a"}}, "sent"),
    ("x", 200, {"status": "failed"}, "refused"),
    ("x", 200, {"code": "no_error", "status": "ok"}, "sent"),
    ("x", 200, {"code": 0, "message": "bad"}, "sent"),
    ("x", 200, {"code": 1000, "message": "Success"}, "sent"),
    ("x", 200, {"code": 3, "success": True}, "sent"),
    ("x", 200, {"code": 3, "id": "17"}, "sent"),
    ("x", 202, {"status": "on_its_way", "message_id": "17"}, "sent"),
    ("x", 200, {"messages": [{"id": "1", "status": 7}]}, "sent"),
    ("x", 409, {"error": "account suspended"}, "unknown"),
    ("x", 500, {"error": "account suspended"}, "unknown"),
]


@pytest.mark.parametrize(
    ("status", "said", "means"),
    [answer[1:] for answer in ANSWERS],
    ids=[f"{number}-{answer[0]}" for number, answer in enumerate(ANSWERS)],
)
async def test_whether_a_message_went(client: httpx.AsyncClient, status: int, said: Any, means: str) -> None:
    result = await answered_over_http(client, status, said)
    assert kind(result) == means, result
