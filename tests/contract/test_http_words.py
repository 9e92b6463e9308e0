"""Answers as public providers give them: about the shop's account, about the recipient, or about the message.

`ours` opens the breaker and burns nobody; `dead` ends the contact for good; `refused` speaks of this message alone.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown
from tests.contract.troubled_servers import answering
from tests.contract.world import sent_over_http

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


def kind(result: SendResult) -> str:
    match result:
        case Sent():
            return "sent"
        case Refused(address_dead=dead):
            return "dead" if dead else "refused"
        case Retry(outage=outage):
            return "ours" if outage else "later"
        case Unknown():
            return "unknown"


@pytest.mark.parametrize(
    ("status", "said", "means"), [one[1:] for one in ANSWERS], ids=[f"{n}-{one[0]}" for n, one in enumerate(ANSWERS)]
)
async def test_whom_an_answer_speaks_of(client: httpx.AsyncClient, status: int, said: Any, means: str) -> None:
    body = said if isinstance(said, str) else json.dumps(said)
    async with answering(status, body.encode()) as (url, asked):
        result = await sent_over_http(client, url)
    assert kind(result) == means, result
    assert len(asked) == 1
