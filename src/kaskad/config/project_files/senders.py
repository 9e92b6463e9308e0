"""Reads configs/senders.yaml: the brands that messages are sent from, one by one or as a list from a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kaskad.config.yaml.catalog import Catalog, read_catalog
from kaskad.config.yaml.csv_table import Row, index_by_column, read_csv_table
from kaskad.config.yaml.mailboxes import read_mail_sender
from kaskad.config.yaml.node import InvalidNode, Node
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Sender

SenderList = Mapping[str, Sender]


def read_senders(node: Node, folder: Path) -> tuple[Catalog[Sender], Catalog[SenderList]]:
    """The senders with an entry of their own, and the lists; a list's file is below `folder`."""
    fields = node.value if isinstance(node.value, dict) else {}
    lists = {key for key, value in fields.items() if isinstance(value.value, dict) and "list" in value.value}

    def part(listed: bool) -> Node:
        if not isinstance(node.value, dict):
            return node
        return Node({k: v for k, v in fields.items() if (k in lists) is listed}, node.place, node.key, node.problems)

    single = read_catalog("sender", part(False), _read_sender)
    taken = dict.fromkeys(single.items, "configs/senders.yaml")
    several = read_catalog(
        "list of senders", part(True), lambda name, it: _read_sender_list(name, it, folder, taken=taken)
    )
    return single, several


def _read_sender(name: str, node: Node) -> Sender:
    """The brand as each channel writes it."""
    record = Record(node)
    record.has("list")
    addresses = {channel: record.get(channel, _reader(channel), "") for channel in Channel if record.has(channel)}
    record.done()
    if not addresses:
        raise node.error('how a channel writes the sender is missing, like email: "Shop <hello@shop.example>"')
    return Sender(name=name, addresses=addresses)


def _read_sender_list(list_: str, node: Node, folder: Path, *, taken: dict[str, str]) -> SenderList:
    """One entry with `list` and `key`. `taken`: names that are already in use, and where."""
    record = Record(node)
    key = record.need("key", read_text, "the column whose value events name a sender by, like id")
    file = record.need("list", lambda it: it, "the file with a line for each sender, like senders/franchises.csv")
    record.done()
    rows = index_by_column(read_csv_table(file, folder, key, may=list(Channel)), key)
    for name, row in rows.items():
        if taken.setdefault(name, f"the list '{list_}'") != f"the list '{list_}'":
            raise row.node.error(f"'{name}' is a sender of {taken[name]} already")
        if len(row.cells) == 1:
            raise row.node.error(f"no channel of '{name}' has a value in this line")
    return {
        name: Sender(name=name, addresses={Channel(k): _read_cell(row, k) for k in row.cells if k != key})
        for name, row in rows.items()
    }


def _reader(channel: str) -> Callable[[Node], str]:
    return read_mail_sender if channel == Channel.EMAIL else read_text


def _read_cell(row: Row, channel: str) -> str:
    """What the channel writes, of one line of a list; its problem is added at the line."""
    cell = Node(row.cells[channel], row.node.place, row.node.key, row.node.problems)
    try:
        return _reader(channel)(cell)
    except InvalidNode:
        return ""
