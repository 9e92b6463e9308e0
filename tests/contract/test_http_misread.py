"""Answers that sound like another: of the shop's own plan, of a part of the request, or of no success at all."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.contract.troubled_servers import answering, scripted
from tests.contract.world import kind, sent_by_mail, sent_over_http

pytestmark = pytest.mark.anyio

OWN: list[tuple[int, Any, str]] = [
    (403, {"message": "Your subscription is no longer active"}, "ours"),
    (404, {"message": "Your subscription is no longer active"}, "ours"),
    (410, {"message": "Your monthly plan has expired"}, "ours"),
    (400, {"message": "The SMS subscription was not found"}, "ours"),
    (404, {"code": "SubscriptionNotFound"}, "refused"),
    (400, {"code": "InvalidSubscriptionId"}, "refused"),
    (400, {"message": "no such subscription"}, "refused"),
    (400, {"message": "Push subscription service: invalid VAPID credentials"}, "ours"),
    (400, {"message": "push subscription invalid: wrong API key"}, "ours"),
    (400, {"message": "Your push subscription expired, renew it"}, "refused"),
    (400, {"message": "the push subscription plan is no longer offered"}, "refused"),
    (403, {"message": "customer is not subscribed to SMS service"}, "refused"),
    (400, {"message": "user is not subscribed for the newsletter feature"}, "refused"),
    (400, {"message": "customer was unsubscribed from the plan"}, "refused"),
    (400, {"message": "Отправитель в черном списке"}, "ours"),
    (400, {"message": "Ваш IP находится в стоп-листе"}, "ours"),
    (400, {"message": "Sender IP is on the suppression list"}, "ours"),
    (400, {"message": "Sender number is blacklisted"}, "ours"),
    (400, {"message": "Your domain was put on our blacklist"}, "ours"),
    # said of the recipient
    (400, {"message": "Recipient is on the sender's suppression list"}, "dead"),
    (400, {"message": "Address is on sender suppression list"}, "dead"),
    (400, {"message": "Your recipient is on the suppression list"}, "dead"),
    (400, {"message": "Ваш получатель в стоп-листе"}, "dead"),
    (400, {"message": "Номер в черном списке отправителя"}, "dead"),
    (400, {"message": "The recipient is unsubscribed. Sender IP is on the suppression list"}, "dead"),
    (400, {"message": "customer is not subscribed"}, "dead"),
    (400, {"message": "user is not subscribed to your newsletter"}, "dead"),
    (400, {"message": "This web push subscription is no longer valid"}, "dead"),
    (400, {"message": "The subscription of this device has expired"}, "dead"),
    (400, {"message": "no such push subscription"}, "dead"),
]
TWICE: list[tuple[int, Any, str]] = [
    (400, {"error": "Duplicate parameter 'to'"}, "refused"),
    (400, {"error": "duplicate key in JSON"}, "refused"),
    (400, {"error": "Duplicated query parameter: from"}, "refused"),
    (400, {"error": "Duplicate Content-Type header"}, "refused"),
    (400, {"error": "the attachments are duplicated"}, "refused"),
    (422, {"error": "external_id has already been used by another template"}, "refused"),
    (422, {"error": "this id is already in use by another campaign"}, "refused"),
    (422, {"error": "A template with this id already exists"}, "refused"),
    # it may have gone
    (422, {"error": "external_id has already been used by another message"}, "unknown"),
    (422, {"error": "this id is already in use"}, "unknown"),
    (400, {"error": "duplicate key"}, "unknown"),
    (400, {"error": "duplicate key value violates unique constraint"}, "unknown"),
    (400, {"error": "duplicate value in field external_id"}, "unknown"),
    (400, {"error": "duplicate message id"}, "unknown"),
    (400, {"error": "Duplicate Idempotency-Key header"}, "unknown"),
    (400, {"error": "duplicate parameters: the message was already sent"}, "unknown"),
]
ANYBODYS: list[tuple[int, Any, str]] = [
    # the shop's own
    (422, {"errors": [{"code": 9, "description": "originator is invalid", "parameter": "originator"}]}, "ours"),
    (422, {"errors": [{"code": 9, "description": "The originator SHOP is not allowed"}]}, "ours"),
    (400, {"error": "Invalid originator"}, "ours"),
    (400, {"error": "alpha name is not registered"}, "ours"),
    (200, {"messages": [{"status": "8", "error-text": "Partner account barred"}]}, "ours"),
    (200, {"messages": [{"status": "11", "error-text": "Account not enabled for HTTP"}]}, "ours"),
    (400, {"error": "The account is not permitted to use this route"}, "ours"),
    (200, {"messages": [{"status": {"groupName": "REJECTED", "name": "REJECTED_SOURCE"}}]}, "ours"),
    (200, {"messages": [{"status": {"groupName": "REJECTED", "description": "Invalid Source address"}}]}, "ours"),
    (200, {"messages": [{"status": {"groupName": "REJECTED", "name": "REJECTED_PREPAID_PACKAGE_EXPIRED"}}]}, "ours"),
    (400, {"error": "your SMS bundle has expired"}, "ours"),
    (400, {"error_code": 714, "message": "Sender is not valid"}, "ours"),
    (400, {"message": "The sender name is invalid"}, "ours"),
    (200, {"error": "", "code": "access_denied"}, "ours"),
    (400, {"code": "permission_denied"}, "ours"),
    (200, {"error": "sender's e-mail was not checked", "code": "unchecked_sender_email"}, "ours"),
    (400, {"error": "unconfirmed sender"}, "ours"),
    (
        400,
        {"ErrorMessage": '"a@shop.example" is not an authorized sender email address for your account.'},
        "ours",
    ),
    (400, {"message": "not a verified sender address"}, "ours"),
    (
        400,
        {"errors": [{"message": "Invalid domain", "description": "Unconfigured Sending Domain <shop.example>"}]},
        "ours",
    ),
    (400, {"message": "The sending domain is not configured"}, "ours"),
    (403, {"status_code": 403, "status_message": "Token restrictions forbid this operation"}, "ours"),
    (400, {"message": "the token has no permission for this operation"}, "ours"),
    # the pace, and what may have gone
    (200, {"error": "x", "code": "api_call_limit_exceeded"}, "later"),
    (200, {"error": "x", "code": "api_call_limit_exceeded_for_api_key"}, "later"),
    (400, {"error": "API call limit reached"}, "later"),
    (400, {"error": "request limit exceeded"}, "later"),
    (200, {"error": "x", "code": "identical_request"}, "unknown"),
    (400, {"error": "the same message was sent a minute ago"}, "unknown"),
    (400, {"error": "identical message"}, "unknown"),
    (200, {"messages": [{"status": "5", "error-text": "Internal Error"}]}, "unknown"),
    (200, {"error": "internal server error"}, "unknown"),
    (200, {"status": "error", "message": "Service temporarily unavailable"}, "unknown"),
    (400, {"error": "internal error"}, "unknown"),
    # the recipient, and the request
    (400, {"errors": [{"code": "40300", "title": "Blocked due to STOP message"}]}, "dead"),
    (400, {"error": "the recipient replied STOP"}, "dead"),
    (400, {"error": "Number has sent a STOP keyword"}, "dead"),
    (
        400,
        {
            "errors": [
                {
                    "message": "Each email address in the personalization block should be unique: the first "
                    "duplicate instance of [a@b.example] was found"
                }
            ]
        },
        "refused",
    ),
    (400, {"error": "duplicate recipients in the request"}, "refused"),
    (400, {"error": "duplicate addresses in to"}, "refused"),
    (400, {"error": "recipient is not authorized to receive from this sender domain"}, "refused"),
    (400, {"error": "stop: text too long"}, "refused"),
    (400, {"error": "device token is not valid"}, "refused"),
    (403, {"error": "you may not write to this device token"}, "refused"),
    (400, {"error": "source of the image is invalid"}, "refused"),
]
SAID_NO: list[tuple[Any, str]] = [
    ({"message": "Not enough money"}, "ours"),
    ({"messages": ["Insufficient funds: nothing was sent"]}, "ours"),
    ({"data": {"reason": "recipient has unsubscribed"}}, "dead"),
    ({"message": "Too many requests"}, "later"),
    ({"message": "Recipient rejected"}, "unknown"),
    ({"message": "Rejected."}, "unknown"),
    ({"message": "Invalid number"}, "unknown"),
    ({"detail": "Message not accepted: not sent"}, "unknown"),
    ({"msg": "Сообщение не отправлено"}, "unknown"),
    ({"code": 0, "message": "Invalid number"}, "unknown"),
    ({"message": "insufficient credit, 0 sent"}, "ours"),
    ({"message": "Duplicate request"}, "unknown"),
    # it went
    ({"message": "Sent. Sending limit: 100 a day"}, "sent"),
    ({"message": "No errors"}, "sent"),
    ({"message": "taken without errors, not yet sent"}, "sent"),
    ({"message": "Thank you"}, "sent"),
    ({"id": "17", "message": "Not enough money for the next one"}, "sent"),
    ({"success": True, "message": "number not checked"}, "sent"),
    ({"status": "queued", "message": "not sent yet"}, "sent"),
    ({"result": "ok", "message": "unknown operator"}, "sent"),
    ({"text": "You have not bought anything"}, "sent"),
]
LETTERS: list[tuple[str, str]] = [
    ("550 5.7.1 Messages with multiple duplicate headers rejected", "refused"),
    ("550 Message-ID header duplicated", "refused"),
    ("554 5.6.0 Duplicate From header", "refused"),
    ("554 duplicate Message-ID", "unknown"),
]


async def meant(client: httpx.AsyncClient, status: int, said: Any) -> str:
    """What is read of an answer."""
    async with answering(status, json.dumps(said).encode()) as (url, _):
        return kind(await sent_over_http(client, url))


@pytest.mark.parametrize(("status", "said", "means"), OWN)
async def test_what_is_said_of_the_shops_own_ends_no_contact(
    client: httpx.AsyncClient, status: int, said: Any, means: str
) -> None:
    assert await meant(client, status, said) == means


@pytest.mark.parametrize(("status", "said", "means"), TWICE)
async def test_a_part_of_the_request_that_stands_twice_means_that_nothing_went(
    client: httpx.AsyncClient, status: int, said: Any, means: str
) -> None:
    assert await meant(client, status, said) == means


@pytest.mark.parametrize(("status", "said", "means"), ANYBODYS)
async def test_what_meets_every_message_is_the_shops_and_what_broke_may_have_gone(
    client: httpx.AsyncClient, status: int, said: Any, means: str
) -> None:
    assert await meant(client, status, said) == means


@pytest.mark.parametrize(("said", "means"), SAID_NO)
async def test_words_of_a_success_that_say_no_are_not_read_as_sent(
    client: httpx.AsyncClient, said: Any, means: str
) -> None:
    assert await meant(client, 200, said) == means


@pytest.mark.parametrize(("said", "means"), LETTERS)
async def test_a_header_that_stands_twice_means_that_no_letter_went(said: str, means: str) -> None:
    async with scripted({".": said}) as (port, _):
        assert kind(await sent_by_mail(port)) == means
