"""Answers as public providers give them: about the shop's account, about the recipient, or about the message.

`ours` opens the breaker and burns nobody; `dead` ends the contact for good; `refused` speaks of this message alone.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.world import answered_over_http, kind

pytestmark = pytest.mark.anyio

ANSWERS: list[tuple[str, int, Any, str]] = [
    # Twilio
    ("twilio", 401, {"code": 20003, "message": "Authenticate", "status": 401}, "ours"),
    ("twilio", 403, {"code": 20005, "message": "Account is not active", "status": 403}, "ours"),
    ("twilio", 400, {"code": 30002, "message": "Account suspended", "status": 400}, "ours"),
    ("twilio", 400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}, "dead"),
    ("twilio", 400, {"code": 21610, "message": "The message From/To pair violates a blacklist rule."}, "dead"),
    ("twilio", 400, {"code": 21211, "message": "The 'To' number +7999 is not a valid phone number."}, "dead"),
    ("twilio", 400, {"code": 21614, "message": "'To' number is not a valid mobile number"}, "dead"),
    ("twilio", 400, {"code": 21617, "message": "The concatenated message body exceeds the 1600 limit"}, "refused"),
    ("twilio", 400, {"code": 21212, "message": "Invalid From Number (caller ID): SHOP"}, "ours"),
    ("twilio", 201, {"sid": "SM1", "status": "queued", "error_code": None, "error_message": None}, "sent"),
    # SMSC.ru
    ("smsc", 200, {"error": "authorise error", "error_code": 2}, "ours"),
    ("smsc", 200, {"error": "not enough money", "error_code": 3, "id": 7}, "ours"),
    ("smsc", 200, {"error": "Недостаточно средств на счете Клиента.", "error_code": 3}, "ours"),
    ("smsc", 200, {"error": "IP address is temporarily blocked", "error_code": 4}, "ours"),
    ("smsc", 200, {"error": "Неверный логин или пароль", "error_code": 2}, "ours"),
    ("smsc", 200, {"error": "invalid number", "error_code": 7, "id": 7}, "refused"),
    ("smsc", 200, {"error": "message is denied", "error_code": 6, "id": 7}, "refused"),
    ("smsc", 200, {"id": 17, "cnt": 1}, "sent"),
    # SMS.ru
    ("sms.ru", 200, {"status": "ERROR", "status_code": 200, "status_text": "Неправильный api_id"}, "ours"),
    ("sms.ru", 200, {"status": "ERROR", "status_code": 201, "status_text": "Не хватает средств на счету"}, "ours"),
    (
        "sms.ru",
        200,
        {"status": "OK", "sms": {"7999": {"status": "ERROR", "status_text": "Вы добавили этот номер в стоп-лист"}}},
        "dead",
    ),
    (
        "sms.ru",
        200,
        {"status": "OK", "sms": {"7999": {"status": "ERROR", "status_text": "Превышен лимит на этот номер в день"}}},
        "refused",
    ),
    ("sms.ru", 200, {"status": "OK", "status_code": 100, "sms": {"7999": {"status": "OK", "sms_id": "1"}}}, "sent"),
    # Vonage
    ("vonage", 200, {"message-count": "1", "messages": [{"status": "4", "error-text": "Bad Credentials"}]}, "ours"),
    (
        "vonage",
        200,
        {"messages": [{"status": "9", "error-text": "Quota Exceeded - rejected"}], "message-count": "1"},
        "ours",
    ),
    ("vonage", 200, {"messages": [{"status": "15", "error-text": "Illegal Sender Address - rejected"}]}, "ours"),
    ("vonage", 200, {"messages": [{"status": "6", "error-text": "Unroutable message - rejected"}]}, "refused"),
    ("vonage", 200, {"messages": [{"status": "0", "message-id": "A1", "remaining-balance": "0.00"}]}, "sent"),
    # Infobip
    (
        "infobip",
        200,
        {"messages": [{"status": {"groupName": "REJECTED", "name": "X", "description": "Not enough credits"}}]},
        "ours",
    ),
    (
        "infobip",
        200,
        {"messages": [{"status": {"groupName": "REJECTED", "description": "Destination blacklisted by opt-out list"}}]},
        "dead",
    ),
    (
        "infobip",
        401,
        {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "Invalid login details"}}},
        "ours",
    ),
    ("infobip", 200, {"messages": [{"messageId": "2", "status": {"groupName": "PENDING", "id": 26}}]}, "sent"),
    # SendGrid
    ("sendgrid", 401, {"errors": [{"message": "Maximum credits exceeded", "field": None, "help": None}]}, "ours"),
    ("sendgrid", 400, {"errors": [{"message": "The from address does not match a verified Sender Identity"}]}, "ours"),
    ("sendgrid", 400, {"errors": [{"message": "Does not contain a valid address.", "field": "to.email"}]}, "refused"),
    ("sendgrid", 403, {"errors": [{"message": "access forbidden"}]}, "ours"),
    # Mailgun
    ("mailgun", 401, "Forbidden", "ours"),
    ("mailgun", 403, {"message": "Domain mg.shop.example is not allowed to send: account disabled"}, "ours"),
    ("mailgun", 400, {"message": "Domain mg.shop.example is not verified and cannot send"}, "ours"),
    ("mailgun", 400, {"message": "'to' parameter is not a valid address. please check documentation"}, "refused"),
    # Brevo
    ("brevo", 401, {"code": "unauthorized", "message": "Key not found"}, "ours"),
    ("brevo", 400, {"code": "not_enough_credits", "message": "Not enough credits to send the SMS"}, "ours"),
    ("brevo", 400, {"code": "invalid_parameter", "message": "email is not valid in to"}, "refused"),
    # Postmark
    ("postmark", 422, {"ErrorCode": 405, "Message": "Not allowed to send: ran out of credits."}, "ours"),
    ("postmark", 422, {"ErrorCode": 412, "Message": "While your account is pending approval, recipients …"}, "ours"),
    ("postmark", 422, {"ErrorCode": 400, "Message": "The sender signature was not found."}, "ours"),
    ("postmark", 422, {"ErrorCode": 406, "Message": "You tried to send to recipient(s) marked as inactive."}, "dead"),
    ("postmark", 200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc", "To": "a@b.example"}, "sent"),
    # FCM
    ("fcm", 404, {"error": {"code": 404, "details": [{"errorCode": "UNREGISTERED"}], "status": "NOT_FOUND"}}, "dead"),
    (
        "fcm",
        400,
        {"error": {"code": 400, "message": "The registration token is not a valid FCM registration token"}},
        "refused",
    ),
    ("fcm", 403, {"error": {"status": "PERMISSION_DENIED", "message": "SenderId mismatch"}}, "refused"),
    ("fcm", 401, {"error": {"status": "UNAUTHENTICATED", "message": "Request had invalid credentials"}}, "ours"),
    ("fcm", 200, {"multicast_id": 1, "success": 0, "failure": 1, "results": [{"error": "NotRegistered"}]}, "dead"),
    ("fcm", 200, {"multicast_id": 1, "success": 1, "failure": 0, "results": [{"message_id": "0:1"}]}, "sent"),
    # APNs
    ("apns", 410, {"reason": "Unregistered", "timestamp": 1}, "dead"),
    ("apns", 400, {"reason": "BadDeviceToken"}, "dead"),
    ("apns", 403, {"reason": "InvalidProviderToken"}, "ours"),
    ("apns", 403, {"reason": "ExpiredProviderToken"}, "ours"),
    ("apns", 413, {"reason": "PayloadTooLarge"}, "refused"),
    # messengers
    ("telegram", 403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}, "dead"),
    ("telegram", 403, {"ok": False, "description": "Forbidden: user is deactivated"}, "refused"),
    ("telegram", 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, "ours"),
    ("viber", 200, {"status": "failed", "detail": "The recipient has blocked your messages"}, "dead"),
    ("viber", 200, {"status": 2, "success": False, "message": "invalidAuthToken"}, "ours"),
    ("whatsapp", 400, {"error": {"message": "User's number is part of an experiment", "code": 130472}}, "refused"),
    ("whatsapp", 400, {"error": {"message": "Business account is restricted", "code": 131031}}, "ours"),
]


@pytest.mark.parametrize(
    ("status", "said", "means"),
    [answer[1:] for answer in ANSWERS],
    ids=[f"{number}-{answer[0]}" for number, answer in enumerate(ANSWERS)],
)
async def test_whom_an_answer_speaks_of(client: httpx.AsyncClient, status: int, said: Any, means: str) -> None:
    result = await answered_over_http(client, status, said)
    assert kind(result) == means, result
