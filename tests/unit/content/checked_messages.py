"""Small messages in a folder of their own, and what one content check says of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from kaskad.content import Renderer, compile_message
from kaskad.content.checks import CHECKS, CheckedMessage, RenderedExample, run_checks
from kaskad.domain.channel import Channel

SHOP = "https://shop.example"
SMS = "templates/hello/sms.yaml"
HTML = "templates/hello/email.mjml"
PUSH = "templates/hello/push.yaml"
VIBER = "templates/hello/viber.yaml"
USUAL = ", for the example customer 'usual'"
PNG = b"\x89PNG\r\n\x1a\n"
OWN = ("https://k.example/u/", "https://k.example/images")
MAIL = """<mjml><mj-head><mj-title>{subject}</mj-title>{preview}<mj-style>{css}</mj-style></mj-head><mj-body>
<mj-section background-color="{background}"><mj-column>
<mj-text color="#111111">Hi</mj-text>
{body}
</mj-column></mj-section></mj-body></mjml>"""


def mail(body: str = "", **parts: str) -> str:
    """The MJML of an e-mail; `parts` are its subject, preview, css, background."""
    known = {"subject": "Your cart", "preview": "<mj-preview>It waits</mj-preview>", "css": "", "background": "#ffffff"}
    return MAIL.format(body=body, **(known | parts))


def found(tmp_path: Path, check: str, files: dict[str, str | bytes], **more: Any) -> list[str]:
    """What one check says of a message with these files, by path as seen from the project."""
    folder = tmp_path / "templates" / "hello"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    message = compile_message(folder)
    data = {
        "links": {"unsubscribe": f"{OWN[0]}t", "images": OWN[1]},
        "shop": {"url": SHOP},
        "event": {},
        "utm": "utm_a=b",
    }
    said = [
        RenderedExample(channel, variant, "usual", Renderer().render(message, channel, variant or "en", data=data))
        for channel, variants in message.variants.items()
        for variant in variants
    ]
    known = {"shop_url": SHOP, "own": OWN, "prices": {Channel.SMS: Decimal(2)}, "currency": "RUB"} | more
    examined = CheckedMessage(message, folder, said, **known)
    checks = [each for each in CHECKS if each.name == check]
    assert checks, check
    return [str(each.problem).removeprefix(f"{tmp_path.as_posix()}/") for each in run_checks(examined, checks)]


def push(**fields: str) -> str:
    """The YAML of a push."""
    known = {"title": "T", "body": "B", "url": f"{SHOP}/x?utm_a=b"} | fields
    return "".join(f'{name}: "{value}"\n' for name, value in known.items())
