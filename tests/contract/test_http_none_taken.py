"""Answers of success in which no message was taken: everybody was refused, or a plain word stands beside an id."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.test_http_misread import meant

pytestmark = pytest.mark.anyio

NONE: list[tuple[int, Any, str]] = [
    # of each recipient: none was taken
    (201, {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}, "ours"),
    (
        201,
        {
            "SMSMessageData": {
                "Message": "Sent to 1/1 Total Cost: KES 0.8",
                "Recipients": [{"statusCode": 101, "status": "Success", "messageId": "A1"}],
            }
        },
        "sent",
    ),
    (201, {"SMSMessageData": {"Message": "InsufficientBalance", "Recipients": []}}, "ours"),
    (200, {"messageId": "m1", "envelopeId": "e1", "suppressedRecipients": [{"email": "a@b.example"}]}, "dead"),
    (200, {"messageId": "m1", "envelopeId": "e1", "suppressedRecipients": []}, "sent"),
    (
        200,
        {"status": "success", "job_id": "j1", "emails": [], "failed_emails": {"a@b.example": "unsubscribed"}},
        "dead",
    ),
    (200, {"status": "success", "failed_emails": {"a@b.example": "temporary_unavailable"}}, "refused"),
    (200, {"status": "success", "job_id": "j1", "emails": ["a@b.example"], "failed_emails": {}}, "sent"),
    (200, {"results": {"total_rejected_recipients": 1, "total_accepted_recipients": 0, "id": "11"}}, "refused"),
    (200, {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "11"}}, "sent"),
    (200, {"data": {"succeeded": 0, "failed": 1, "failures": ["bad address"], "email_id": "1"}}, "refused"),
    (200, {"data": {"succeeded": 1, "failed": 0, "failures": [], "email_id": "1"}}, "sent"),
    (200, {"accepted": 0, "rejected": 1, "id": "1"}, "refused"),
    (200, {"id": "1", "rejected_recipients": ["a@b.example"], "accepted_recipients": []}, "refused"),
    (200, {"id": "1", "unsubscribed_recipients": ["a@b.example"]}, "dead"),
    (200, {"id": "1", "rejectedCount": 1, "acceptedCount": 0}, "refused"),
    (200, {"id": "1", "status": "unknown"}, "sent"),
    (200, {"result": [{"status": "strange", "messageId": "0"}]}, "unknown"),
    # flags
    (200, {"is_error": True, "message": "x"}, "refused"),
    (200, {"is_error": False, "id": "1"}, "sent"),
    (200, {"hasErrors": True, "id": "1"}, "refused"),
    (
        202,
        {
            "message": "There are some warnings for your request.",
            "warnings": [
                {"type": "ALL_SUPPRESSED", "recipients": [{"email": "a@b.example", "reasons": ["unsubscribed"]}]}
            ],
        },
        "dead",
    ),
    (202, {"warnings": [{"type": "ALL_SUPPRESSED"}]}, "dead"),
    (202, {"id": "1", "warnings": [{"type": "SOME_SUPPRESSED"}]}, "sent"),
    # an id beside plain words
    (200, {"result": [{"code": "REJECTED", "messageId": "0"}]}, "refused"),
    (200, {"result": [{"code": "OK", "messageId": "71"}]}, "sent"),
    (200, {"result": [{"code": "REJECTED", "messageId": "00"}]}, "refused"),
    (200, {"status_code": 210, "status_message": "Application not found", "response": None}, "ours"),
    (200, {"status_code": 200, "status_message": "OK", "response": {"Messages": ["AB-CD"]}}, "sent"),
    (200, {"data": {"messages": [{"message_id": "A1", "status": "INSUFFICIENT_CREDIT"}]}}, "ours"),
    (200, {"data": {"messages": [{"message_id": "A1", "status": "OPTED_OUT"}]}}, "dead"),
    (200, {"data": {"messages": [{"message_id": "A1", "status": "ALREADY_SENT"}]}}, "unknown"),
    (200, {"data": {"messages": [{"message_id": "A1", "status": "COUNTRY_NOT_ENABLED"}]}}, "refused"),
    (200, {"data": {"messages": [{"message_id": "A1", "status": "SUCCESS"}]}}, "sent"),
    (200, {"messages": [{"id": "1", "status": "SENDER_NOT_ALLOWED"}]}, "ours"),
    (200, {"id": "1", "status": "recipient_unsubscribed"}, "dead"),
    (200, {"id": "1", "status": "number_not_supported"}, "refused"),
    (200, {"id": "1", "status": "not_yet_sent"}, "sent"),
    (200, {"id": "1", "status": "sent_already"}, "sent"),
    (200, {"id": "1", "status": "queued", "message": "recipients unsubscribed later are left out"}, "sent"),
    (200, {"id": "1", "status": "queued: rejected messages are reported"}, "sent"),
]


@pytest.mark.parametrize(("status", "said", "means"), NONE)
async def test_a_success_that_took_no_message_is_not_read_as_sent(
    client: httpx.AsyncClient, status: int, said: Any, means: str
) -> None:
    assert await meant(client, status, said) == means
