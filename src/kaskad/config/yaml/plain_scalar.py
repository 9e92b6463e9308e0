"""The value of a plain scalar in YAML 1.2; spellings with another value in YAML 1.1 are problems."""

from __future__ import annotations

import re
from decimal import Decimal

from kaskad.config.yaml.node import PlainValue

NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,17})(\.\d{1,18})?\Z", re.ASCII)
WORDS: dict[str, PlainValue] = {"": None, "~": None, "null": None, "true": True, "false": False}
AMBIGUOUS = (
    (re.compile(r"(y|yes|n|no|on|off)\Z", re.I), "'{}' means true or false to some readers: write that, or use quotes"),
    (re.compile(r"(true|false|null)\Z", re.I), "write '{lower}' in small letters, or use quotes"),
    (re.compile(r"[-+]?[\d_]+(:\d+)+(\.[\d_]*)?\Z", re.ASCII), 'a time needs quotes: write "{}"'),
    (re.compile(r"\d{4}-\d\d?-\d\d?([Tt ].*)?\Z", re.ASCII), 'a date needs quotes: write "{}"'),
    (re.compile(r"[-+]?0\d+\Z", re.ASCII), "'{}' begins with a zero: write \"{}\" in quotes, or the number without it"),
    (re.compile(r"[-+]?\d[\d_]*_[\d_.]*\Z", re.ASCII), "'{}' is not a number everywhere: write it without '_'"),
    (
        re.compile(
            r"[-+]?(0x[\da-f_]+|0o[0-7_]+|0b[01_]+|\.(inf|nan)|[\d_.]*[\d_][\d_.]*(e[-+]?\d+)?)\Z",
            re.ASCII | re.I,
        ),
        "'{}' is a number to some readers only: write it in plain digits, or in quotes",
    ),
    (re.compile(r"=\Z"), "'{}' means something else to some readers: use quotes"),
    (re.compile(r"<<\Z"), "'{}' merges in other keys: write the keys themselves"),
)


def parse_plain_scalar(written: str) -> tuple[PlainValue, str | None]:
    """The value, and the problem with this spelling, or None."""
    if written in WORDS:
        return WORDS[written], None
    if found := NUMBER.match(written):
        return (Decimal(written) if found[2] else int(written)), None
    for pattern, trouble in AMBIGUOUS:
        if pattern.match(written):
            return written, trouble.replace("{lower}", written.lower()).replace("{}", written)
    return written, None
