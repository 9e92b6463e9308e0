"""Every content check, in the order of docs/content-checks.md. To add one: its function, one line here, its section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kaskad.content.checks import contrast, images, links, mail, push, sms, translations
from kaskad.content.checks.check import Check, CheckedMessage, Finding
from kaskad.domain.errors import Problem

CHECKS: tuple[Check, ...] = (
    translations.RENDER_FAILURE,
    translations.MISSING,
    links.DEAD,
    links.STRANGE,
    links.NO_UTM,
    links.UNTRACKED,
    mail.SUBJECT_LONG,
    mail.PREHEADER,
    mail.GMAIL_CLIPS,
    push.CUT,
    push.TOO_LARGE,
    sms.SEGMENTS,
    sms.UNICODE,
    images.HEAVY_IMAGE,
    images.ADDRESS,
    images.ALT,
    images.LINK_TEXT,
    contrast.CONTRAST,
)


def run_checks(examined: CheckedMessage, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """What the checks find in one message, by file and line.

    If several example customers have a problem, the first one is reported: the one with long names only if the others
    have none.
    """
    found: dict[tuple[str, str, int, int, str], Finding] = {}
    for check in checks:
        for problem in _run_check(check, examined):
            what = problem.text.partition(", for the example customer")[0]
            same = what if check not in _ONE_PER_LOCATION else ""
            place = (check.name, problem.path, problem.line, problem.column, same)
            found.setdefault(place, Finding(check, problem))
    return sorted(found.values(), key=lambda finding: (finding.problem, finding.check.name))


def _run_check(check: Check, examined: CheckedMessage) -> Iterator[Problem]:
    """The problems that one check finds; what it cannot read is a problem too, and the other checks still run."""
    try:
        yield from check.look(examined)
    except Exception as error:
        yield Problem(examined.folder.as_posix(), 1, 1, f"cannot be looked at: {error!r}")


_ONE_PER_LOCATION = (push.CUT, sms.SEGMENTS, mail.SUBJECT_LONG, mail.GMAIL_CLIPS, push.TOO_LARGE)
