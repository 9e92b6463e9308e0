"""The summary of one run in words: its name and its last sentence in Prefect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from kaskad.domain.channel import Channel
from kaskad.domain.outcome import Reason
from kaskad.services import wording
from kaskad.services.decisions.runner import DecisionBatchResult
from kaskad.services.delivery.deliver import DeliveryBatchResult

REASON_WORDS = {
    Reason.LEFT: "bought or left",
    Reason.NO_CONSENT: "without consent",
    Reason.UNCONFIRMED: "not confirmed",
    Reason.NO_CONTACT: "nowhere to reach",
    Reason.QUIET_HOURS: "in quiet hours",
    Reason.SEND_WINDOW: "outside the window",
    Reason.CAP: "over the cap",
    Reason.STALE_SOURCE: "a feed is silent",
    Reason.HOLDOUT: "held out",
    Reason.PROVIDER_DOWN: "a provider is down",
}


@dataclass(slots=True)
class RunSummary:
    """The counts of a run, added up."""

    journey: str
    began: datetime
    checked: int = 0
    entered: int = 0
    sent: Counter[Channel] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)  # failed, unknown, queued again
    held: Counter[str] = field(default_factory=Counter)

    def decided(self, advanced: DecisionBatchResult) -> None:
        """Adds the result of one batch of decisions."""
        self.checked += advanced.people
        self.entered += advanced.entered
        self.held.update(advanced.held)

    def delivered(self, channel: Channel, done: DeliveryBatchResult) -> None:
        """Adds the results of one channel's messages."""
        outcomes = Counter(done.outcomes)
        self.sent[channel] += outcomes.pop("sent", 0)
        self.other.update(outcomes)
        self.held.update(done.held)

    @property
    def quiet(self) -> bool:
        """Returns whether nothing happened at all."""
        return not (self.checked or self.sent.total() or self.other or self.held)

    def name(self) -> str:
        """Returns `abandoned-cart · 14:05 · 430 push, 112 e-mail · 87 held (61 bought or left)`."""
        return " · ".join([self.journey.replace("_", "-"), f"{self.began:%H:%M}", *self._parts()])

    def sentence(self) -> str:
        """Returns the run's last sentence."""
        if self.quiet:
            return "Nobody was due."
        done = ", ".join(self._parts()) or "nothing to send"
        people = "person" if self.checked == 1 else "people"
        return f"Checked {self.checked:,} {people} in every channel, {self.entered:,} entered: {done}."

    def _parts(self) -> list[str]:
        sent = ", ".join(f"{count:,} {wording.channel_label(channel)}" for channel, count in self.sent.items() if count)
        parts = [sent] if sent else []
        if held := self.held.total():
            reason, count = self.held.most_common(1)[0]
            words = REASON_WORDS.get(Reason(reason), reason.replace("_", " ")) if reason in set(Reason) else reason
            parts.append(f"{held:,} held ({count:,} {words})")
        parts += [f"{count:,} {label}" for label, count in sorted(self.other.items()) if count]
        return parts
