"""Whether the words of a refusal speak of the shop's account, of its pace, or of the recipient."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.world import answered_over_http, kind

pytestmark = pytest.mark.anyio

ANSWERS: list[tuple[str, int, Any, str]] = [
    # the account
    (
        "postmark",
        422,
        {"ErrorCode": 400, "Message": "You tried to send from an address that doesn't have a Sender Signature"},
        "ours",
    ),
    ("postmark", 422, {"ErrorCode": 401, "Message": "Sender signature not confirmed"}, "ours"),
    (
        "postmark",
        422,
        {"ErrorCode": 400, "Message": "The 'From' address you supplied is not a Sender Signature on your account."},
        "ours",
    ),
    ("postmark", 422, {"ErrorCode": 402, "Message": "Invalid JSON"}, "refused"),
    ("ses", 400, {"__type": "AccountSendingPausedException", "message": "Sending paused for this account."}, "ours"),
    ("ses", 400, {"__type": "MailFromDomainNotVerifiedException"}, "ours"),
    ("ses", 400, {"message": "Email address is not verified. The following identities failed the check: a@b"}, "ours"),
    (
        "ses",
        400,
        "<ErrorResponse><Error><Type>Sender</Type><Code>MessageRejected</Code>"
        "<Message>Email address is not verified.</Message></Error></ErrorResponse>",
        "ours",
    ),
    ("x", 400, "<!DOCTYPE html><title>400</title><p>Your account is suspended", "refused"),
    ("sms.ru", 200, {"status": "ERROR", "status_code": 300, "status_text": "Неправильный token"}, "ours"),
    ("sms.ru", 200, {"status": "ERROR", "status_code": 301, "status_text": "Неправильный пароль"}, "ours"),
    ("x", 400, {"error": "no money"}, "ours"),
    ("x", 200, {"error": "No balance"}, "ours"),
    ("x", 400, {"message": "You don't have enough credits"}, "ours"),
    ("x", 400, {"error": "нет денег"}, "ours"),
    ("twilio", 400, {"code": 20003, "message": "Authenticate"}, "ours"),
    ("twilio", 400, {"code": 20003, "message": "Authentication Error - invalid username"}, "ours"),
    (
        "twilio",
        400,
        {"code": 21606, "message": "The From phone number +1500 is not a valid, SMS-capable inbound phone number"},
        "ours",
    ),
    ("twilio", 400, {"code": 21606, "message": "The 'From' phone number is not valid for this destination"}, "ours"),
    (
        "twilio",
        400,
        {"code": 21612, "message": "The 'To' phone number: +7 is not reachable using the 'From' phone number: +1"},
        "refused",
    ),
    ("rapid", 403, {"message": "You are not subscribed to this API."}, "ours"),
    ("x", 400, {"error": "Your account is not subscribed for messages of this kind"}, "refused"),
    ("x", 400, {"error": "sender phone number not registered on Viber"}, "ours"),
    ("x", 400, {"error": "the number +7999 is not registered in WhatsApp"}, "dead"),
    ("x", 400, {"error": "the devices are not subscribed"}, "dead"),
    ("x", 400, {"error": "this app is not subscribed to the webhook"}, "refused"),
    ("x", 400, {"error": "your account is suspended: hard bounce rate too high"}, "ours"),
    ("x", 400, {"error": "Please contact support, your domain is not verified"}, "ours"),
    ("x", 400, {"error": "The recipient's address is not verified"}, "refused"),
    ("x", 400, {"error": "the user's account is blocked, from address a@shop.example"}, "refused"),
    ("x", 401, {"error": "no such subscriber"}, "ours"),
    # too much at once
    ("ses", 400, {"__type": "ThrottlingException", "message": "Maximum sending rate exceeded."}, "later"),
    ("ses", 400, {"__type": "Throttling", "message": "Daily message quota exceeded"}, "ours"),
    (
        "ses",
        400,
        "<?xml version='1.0'?><ErrorResponse><Error><Code>Throttling</Code>"
        "<Message>Maximum sending rate exceeded.</Message></Error></ErrorResponse>",
        "later",
    ),
    ("viber", 200, {"status": 12, "status_message": "tooManyRequests"}, "later"),
    ("whatsapp", 400, {"error": {"code": 130429, "message": "(#130429) Rate limit hit"}}, "later"),
    ("x", 403, {"error": "rate_limit_exceeded for your account"}, "later"),
    ("x", 400, {"error": "Too many requests for this number, slow down"}, "later"),
    ("x", 200, {"error": "Слишком много запросов"}, "later"),
    ("x", 402, {"error": "rate limit"}, "ours"),
    ("x", 429, {"error": "your account is suspended"}, "later"),
    # nobody there, or somebody who does not want it
    ("mandrill", 200, [{"status": "rejected", "reject_reason": "hard-bounce", "_id": "a"}], "dead"),
    ("mandrill", 200, [{"status": "rejected", "reject_reason": "unsub", "_id": "a"}], "dead"),
    ("mandrill", 200, [{"status": "rejected", "reject_reason": "spam", "_id": "a"}], "dead"),
    ("mandrill", 200, [{"status": "rejected", "reject_reason": "soft-bounce", "_id": "a"}], "refused"),
    ("mandrill", 200, [{"status": "rejected", "reject_reason": "invalid-sender", "_id": "a"}], "ours"),
    ("x", 200, {"status": "rejected", "reason": "spam"}, "refused"),
    ("viber", 200, {"status": 6, "status_message": "receiverNotSubscribed"}, "dead"),
    ("viber", 200, {"status": 5, "status_message": "receiverNotRegistered"}, "dead"),
    ("viber", 200, {"status": 7, "status_message": "publicAccountBlocked"}, "ours"),
    ("viber", 200, {"status": 3, "status_message": "badData"}, "unknown"),
    ("viber", 200, {"status": 0, "status_message": "ok", "message_token": 57}, "sent"),
    ("onesignal", 200, {"id": "", "errors": ["All included players are not subscribed"]}, "dead"),
    ("onesignal", 200, {"id": "a", "recipients": 0, "errors": {"invalid_player_ids": ["5fdc"]}}, "dead"),
    ("onesignal", 400, {"errors": {"invalid_subscription_ids": ["5fdc"]}}, "dead"),
    ("onesignal", 200, {"id": "a", "recipients": 1, "errors": {"invalid_player_ids": []}}, "sent"),
    ("telegram", 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, "dead"),
    ("expo", 200, {"data": [{"status": "error", "details": {"error": "DeviceNotRegistered"}}]}, "dead"),
    ("webpush", 404, "push subscription not found", "dead"),
    ("webpush", 404, {"code": 404, "errno": 106, "message": "No such subscription"}, "dead"),
    ("webpush", 410, "push subscription has unsubscribed or expired.", "dead"),
    ("webpush", 410, "", "dead"),
    ("webpush", 404, "<html><h1>404 push subscription not found", "refused"),
    ("postmark", 422, {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal email address 'a@'."}, "dead"),
    ("postmark", 422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'a@'."}, "dead"),
    ("postmark", 422, {"ErrorCode": 300, "Message": "Invalid 'From' address: 'a@'."}, "ours"),
    ("postmark", 422, {"ErrorCode": 300, "Message": "Invalid email request"}, "refused"),
]


@pytest.mark.parametrize(
    ("status", "said", "means"),
    [answer[1:] for answer in ANSWERS],
    ids=[f"{number}-{answer[0]}" for number, answer in enumerate(ANSWERS)],
)
async def test_whom_a_refusal_speaks_of(client: httpx.AsyncClient, status: int, said: Any, means: str) -> None:
    result = await answered_over_http(client, status, said)
    assert kind(result) == means, result
