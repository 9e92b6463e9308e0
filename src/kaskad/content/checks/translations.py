"""Checks of languages: which readers would get another language, and which would get nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kaskad.content.checks.check import Check, CheckedMessage, Severity
from kaskad.domain.errors import Problem


def _check_missing(examined: CheckedMessage) -> Iterator[Problem]:
    language = examined.message.spec.language.lower()
    for channel, variants in sorted(examined.message.variants.items()):
        base = examined.file(channel, "")
        for locale in sorted(examined.locales - variants.keys()):
            spoken = locale.partition("-")[0]
            if spoken != language.partition("-")[0] and spoken not in variants:
                text = f"{channel}.{locale}{base.suffix} is missing: who reads '{locale}' gets '{language}'"
                yield Problem(base.as_posix(), 1, 1, text)


def _check_failures(examined: CheckedMessage) -> Iterator[Problem]:
    for failure in examined.unsaid:
        yield examined.at(failure, "", text=f"the example customer '{failure.example}' gets nothing: {failure.why}")


MISSING = Check(
    "missing_translation",
    Severity.WARNING,
    "A channel that lacks a language falls back on the base file: the same customer reads Russian in the e-mail and"
    " English in the push.",
    "Write the missing file beside the base one: `push.ru.yaml` beside `push.yaml`.",
    _check_missing,
)
RENDER_FAILURE = Check(
    "cannot_be_rendered",
    Severity.ERROR,
    "Where a value is missing or empty, nothing may be sent. One of the example customers (`usual`, `little_known`,"
    " `long_names`) has no value where the template needs one, and so will real ones.",
    "Ask for the value first (`{% if customer.first_name %}`), or give one that stands in: `| default('…', true)`.",
    _check_failures,
)
