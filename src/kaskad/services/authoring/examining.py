"""Messages, examined: rendered for the example customers in every channel and language, and looked at by all checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from uuid import UUID

from kaskad.content import CompiledMessage, Renderer
from kaskad.content.checks import Examined, Finding, Said, Unsaid, findings, to_ask
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.services.authoring import dead_links, examples
from kaskad.services.authoring.samples import sampled
from kaskad.services.authoring.workshop import Draft, relative
from kaskad.services.links import Links
from kaskad.services.sending.rendering import Rendered, Unrenderable

NOBODY = UUID(int=0)  # the message of example links: no token of it means anybody


@dataclass(frozen=True, slots=True)
class Bench:
    """What messages are examined with: the project, its folder, and the time that example data count from."""

    project: Project
    root: Path
    links: Links
    now: datetime

    def examined(self, message: CompiledMessage, locales: frozenset[str]) -> Examined:
        """The message with all that it says to the example customers."""
        own = self.links.of(NOBODY)
        shop = self.project.shop
        said, unsaid = _all_said(self, message)
        return Examined(
            message,
            self.root / "templates" / message.name,
            said,
            unsaid,
            shop_url=shop.url,
            locales=locales,
            prices=self.project.costs(),
            currency=shop.currency,
            own=(own["unsubscribe"], own["images"], f"{shop.url}/confirm/example"),
            made_up=examples.made_up(shop),
        )


def languages(compiled: Mapping[str, CompiledMessage], shop: ShopInfo) -> frozenset[str]:
    """The languages that this project's customers read: the shop's, and every one that some message speaks."""
    written = {one.spec.language.lower() for one in compiled.values()}
    spoken = {locale for one in compiled.values() for locales in one.variants.values() for locale in locales if locale}
    return frozenset(locale.partition("-")[0] for locale in {shop.locale.lower(), *written, *spoken})


async def examine(
    draft: Draft, root: Path, links: Links, now: datetime, names: Sequence[str] = (), *, ask: bool = False
) -> list[Finding]:
    """What the checks find in these messages, in all of them without names; paths relative to `root`.

    With `ask`, every link is asked over the network. Raises NotFound for a message that is not in the draft.
    """
    examined = _all_examined(draft, root, links, now, names)
    if ask:
        dead = await dead_links.ask({link for one in examined for link in to_ask(one)})
        examined = [replace(one, dead=dead) for one in examined]
    return _all_found(examined, root)


def look(draft: Draft, root: Path, links: Links, now: datetime) -> list[Finding]:
    """What the checks find in all messages without asking anybody."""
    return _all_found(_all_examined(draft, root, links, now, ()), root)


def _all_examined(draft: Draft, root: Path, links: Links, now: datetime, names: Sequence[str]) -> list[Examined]:
    bench = Bench(draft.project, root, links, now)
    locales = languages(draft.compiled, draft.project.shop)
    return [bench.examined(message, locales) for message in chosen(draft, names)]


def _all_found(examined: Sequence[Examined], root: Path) -> list[Finding]:
    found = [each for one in examined for each in looked_at(one, root)]
    return list(dict.fromkeys(found))  # what is wrong in a shared file is wrong once


def chosen(draft: Draft, names: Sequence[str]) -> list[CompiledMessage]:
    """The messages with these names, all without. Raises NotFound."""
    for name in names:
        if name not in draft.compiled:
            near = get_close_matches(name, draft.compiled, n=1)
            advice = (
                f"did you mean '{near[0]}'?" if near else f"there are {', '.join(sorted(draft.compiled)) or 'none'}"
            )
            raise NotFound(f"there is no message '{name}': {advice}")
    return [draft.compiled[name] for name in sorted(names or draft.compiled)]


def _all_said(bench: Bench, message: CompiledMessage) -> tuple[list[Said], list[Unsaid]]:
    renderer, said, unsaid = Renderer(), [], []
    for channel, variant, locale in _variants(message):
        for example in examples.EXAMPLES:
            told = _said(bench, renderer, message, channel, locale, example)
            if isinstance(told, Unrenderable):
                unsaid.append(Unsaid(channel, variant, example, told.detail))
            else:
                said.append(Said(channel, variant, example, told))
    return said, unsaid


def _variants(message: CompiledMessage) -> Iterator[tuple[Channel, str, str]]:
    for channel, variants in sorted(message.variants.items()):
        for variant in sorted(variants):
            yield channel, variant, variant or message.spec.language


def _said(
    bench: Bench, renderer: Renderer, message: CompiledMessage, channel: Channel, locale: str, example: str
) -> Rendered:
    known = examples.example(example, locale, bench.project.shop, bench.now)
    return sampled(renderer, message, channel, locale, known, bench.project, bench.links.of(NOBODY), bench.now)


def looked_at(examined: Examined, root: Path) -> list[Finding]:
    """What the checks find in one message, paths relative to `root`."""
    return [replace(found, problem=relative(found.problem, root)) for found in findings(examined)]
