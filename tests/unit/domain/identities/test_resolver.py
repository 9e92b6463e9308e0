"""Who one event makes one person, rule by rule."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from kaskad.domain.identities.people import Speaker
from kaskad.domain.identities.rules import Identity, IdentityKind, IdentityRules
from tests.support.identities.memory import IdentityMemory
from tests.support.stack import NOON

ANNA, BORIS, CARD, TABLET = ("user_id", "anna"), ("user_id", "boris"), ("card", "7"), ("anonymous_id", "tablet")
MAIL, PHONE, APP = ("email", "anna@customer.example"), ("phone", "79160000001"), ("device", "app")


class World(IdentityMemory):
    """Each word is a chunk of its own."""

    def says(self, *named: Identity, public: bool = False, later: int = 0, contact: bool = False) -> int:
        at = NOON + timedelta(minutes=later)
        source = "site" if public else "store"
        self.store([Speaker(named, source, f"m{len(self.owners)}", at, public, contact)])
        return self.owner(named[0]) if named[0] in self.ties else self.owners[-1]

    def owner(self, identity: Identity) -> int:
        return self._find(self.ties[identity][0])

    def are_one(self, *identities: Identity) -> bool:
        return len({self.owner(identity) for identity in identities}) == 1


@pytest.fixture
def world() -> World:
    return World(IdentityRules())


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_is_named_together_is_one_person_in_every_order(world: World, order: tuple[int, ...]) -> None:
    words = ((TABLET,), (CARD,), (ANNA, TABLET, CARD))
    for place in order:
        world.says(*words[place])
    assert len(world.people()) == 1
    assert len(world.groups()) == 1


@pytest.mark.parametrize("order", list(permutations(range(5))))
@pytest.mark.parametrize("known_by", [MAIL, PHONE])
def test_a_till_that_knows_only_an_address_is_understood_in_every_order(
    world: World, order: tuple[int, ...], known_by: Identity
) -> None:
    """The site is public; the till and the call centre are not, and what the till tells makes no contact."""
    for place in order:
        match place:
            case 0:
                world.says(TABLET, public=True)
            case 1:
                world.says(ANNA, TABLET, known_by, public=True, contact=True)
            case 2:
                world.says(known_by)
            case 3:
                world.says(ANNA, public=True)
            case 4:
                world.says(ANNA, known_by)
    assert len(world.people()) == 1
    assert len(world.groups()) == 1


def test_whoever_signs_in_on_a_known_device_is_who_used_it(world: World) -> None:
    used = world.says(TABLET)
    assert world.says(ANNA, TABLET) == used
    assert not world.above, "nobody was joined: there was one customer only"


def test_the_row_with_a_user_id_stands_else_the_older(world: World) -> None:
    card, anna = world.says(CARD), world.says(ANNA)
    world.says(ANNA, CARD)
    assert world.above == {card: anna}
    first, second = world.says(APP), world.says(PHONE)
    world.says(APP, PHONE)
    assert world.above == {card: anna, second: first}


def test_three_can_be_joined_by_one_event(world: World) -> None:
    for identity in (CARD, MAIL, TABLET):
        world.says(identity)
    world.says(TABLET, MAIL, CARD)
    assert len(world.people()) == 1
    assert len(world.above) == 2


def test_two_users_stay_two_and_the_weaker_identity_goes_to_whoever_spoke_last(world: World) -> None:
    anna, boris = world.says(ANNA, TABLET), world.says(BORIS, TABLET)
    assert anna != boris
    assert world.owner(TABLET) == boris
    assert world.owners == [anna, boris], "history stays"
    assert world.says(TABLET) == boris
    world.says(ANNA, TABLET)
    assert world.owner(TABLET) == anna
    assert not world.conflicts


def test_a_word_that_arrives_late_takes_nothing_back(world: World) -> None:
    world.says(ANNA, TABLET)
    boris = world.says(BORIS, TABLET, later=10)
    world.says(ANNA, TABLET, later=5)
    assert world.owner(TABLET) == boris


def test_a_card_of_a_family_joins_no_more_than_one_may_have(world: World) -> None:
    phones = [("phone", f"7916000000{number}") for number in range(5)]
    for phone in phones:
        world.says(phone)
        world.says(phone, CARD)
    assert {reason for reason, _ in world.conflicts} == {"limit"}
    assert max(sum(kind == "phone" for kind, _ in person) for person in world.people()) == 3


def test_a_number_of_the_shop_joins_no_more_cards_than_one_may_have(world: World) -> None:
    cards = [("card", str(number)) for number in range(6)]
    for card in cards:
        world.says(card)
        world.says(card, PHONE)
    assert max(sum(kind == "card" for kind, _ in person) for person in world.people()) == 3
    assert [reason for reason, _ in world.conflicts] == ["limit"] * 3


def test_a_kind_that_does_not_join_is_only_a_name() -> None:
    rules = IdentityRules(kinds=(IdentityKind(name="user_id"), IdentityKind(name="card", join=False)))
    world = World(rules)
    card = world.says(CARD)
    anna = world.says(ANNA)
    assert world.says(ANNA, CARD) == anna != card
    assert world.says(CARD) == card
    assert not world.conflicts


def test_a_kind_that_no_file_names_does_not_join(world: World) -> None:
    crm = ("crm", "17")
    assert world.says(ANNA) != world.says(crm)
    world.says(ANNA, crm)
    assert not world.are_one(ANNA, crm)
    assert world.says(("crm", "18"), TABLET) == world.says(TABLET), "but it may be whoever else is named"


@pytest.mark.parametrize("first", [True, False])
def test_an_alias_joins_in_either_order(world: World, first: bool) -> None:
    alias = ANNA, ("previous_id", "tablet")
    if first:
        world.says(*alias)
    world.says(TABLET)
    world.says(ANNA)
    if not first:
        world.says(*alias)
    assert len(world.people()) == 1
    assert len(world.groups()) == 1


@pytest.mark.parametrize("public", [True, False])
def test_an_alias_does_not_make_two_users_one(world: World, public: bool) -> None:
    world.says(ANNA)
    world.says(BORIS)
    world.says(BORIS, ("previous_id", "anna"), public=public)
    assert not world.are_one(ANNA, BORIS)
    assert world.conflicts == [("user_ids", ANNA)]


# What a public source says: everybody can read its key.

MALLORY, MINE = ("user_id", "mallory"), ("anonymous_id", "mine")


@pytest.mark.parametrize("claimed", [CARD, MAIL, PHONE])
@pytest.mark.parametrize("speaker", [(MINE,), (MALLORY,), (MALLORY, MINE), (APP,), (APP, MINE)])
@pytest.mark.parametrize("known", ["user", "contact"])
def test_a_stranger_cannot_claim_who_is_known(
    world: World, claimed: Identity, speaker: tuple[Identity, ...], known: str
) -> None:
    owner = world.says(*([ANNA, claimed] if known == "user" else [claimed]), contact=known == "contact")
    world.says(*speaker, public=True)
    stranger = world.says(*speaker, claimed, public=True)
    assert stranger != owner
    assert world.owner(claimed) == owner
    assert all(world.owner(identity) == stranger for identity in speaker)
    assert world.owners[-1] == stranger, "and what the stranger does is not the owner's"
    assert ("public", claimed) in world.conflicts


@pytest.mark.parametrize("claimed", [CARD, MAIL, PHONE])
def test_a_stranger_cannot_claim_in_advance_what_another_source_tells_of_somebody_known(
    world: World, claimed: Identity
) -> None:
    world.says(MINE, claimed, public=True, contact=True)
    anna = world.says(ANNA)
    world.says(ANNA, claimed)
    assert world.owner(claimed) == anna
    assert world.owner(MINE) != anna
    assert world.conflicts == [("public", claimed)]


@pytest.mark.parametrize("claimed", [CARD, MAIL, PHONE, ("telegram", "5")])
@pytest.mark.parametrize("named", [("card", "88"), ("crm", "17"), ("email", "b@customer.example"), BORIS])
@pytest.mark.parametrize("known", [True, False])
def test_a_claim_captures_nobody_of_whom_another_source_speaks_new_or_known(
    world: World, claimed: Identity, named: Identity, known: bool
) -> None:
    """Only a kind that joins says of somebody known whose the claimed address is."""
    stranger = world.says(MINE, claimed, public=True)
    if known:
        world.says(named)
    spoken_of = world.says(named, claimed)
    assert spoken_of == world.owner(named) == world.owners[-1] != stranger
    assert world.owner(claimed) == (stranger if known and named[0] == "crm" else spoken_of)
    assert len(world.people()) == 2
    world.says(MINE, MALLORY, public=True)
    assert world.owner(MALLORY) == stranger


def test_what_two_strangers_claim_is_neither_ones_once_another_source_names_both(world: World) -> None:
    world.says(MINE, MAIL, public=True)
    world.says(TABLET, CARD, public=True)
    anna = world.says(MAIL, CARD)
    assert world.owner(MAIL) == world.owner(CARD) == anna
    assert len({anna, world.owner(MINE), world.owner(TABLET)}) == 3
    assert sorted(world.conflicts) == [("public", CARD), ("public", MAIL)]


@pytest.mark.parametrize("known_by", [MAIL, PHONE, ("telegram", "5"), ("max", "5")])
@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize("speaker", [(MINE,), (MALLORY,), (MALLORY, MINE)])
def test_a_stranger_takes_over_nobody_who_is_known_by_an_address_without_a_contact(
    world: World, known_by: Identity, claimed: bool, speaker: tuple[Identity, ...]
) -> None:
    """Whether a till knows them by it, or another visitor said so."""
    theirs = world.says(*([TABLET] if claimed else []), known_by, public=claimed)
    assert world.says(*speaker, known_by, public=True) != theirs
    assert world.owner(known_by) == theirs
    assert world.says(ANNA, known_by) == world.owner(known_by), "another source may say so"


@pytest.mark.parametrize("claimed", [True, False])
def test_a_stranger_gets_no_second_card(world: World, claimed: bool) -> None:
    """Neither of cards that a till knows already, nor of those that it knows later; nor by a sign-in."""
    cards = [("card", str(number)) for number in (1, 2, 3)]
    for place, card in enumerate(cards):
        if not claimed:
            world.says(card)
        world.says(MINE, card, public=True)
        world.says(("anonymous_id", f"mine{place}"), card, public=True)
    for place in range(3):
        world.says(MALLORY, ("anonymous_id", f"mine{place}"), public=True)
    world.says(MALLORY, MINE, public=True)
    for card in cards:
        world.says(card)
    assert not any(world.are_one(one, other) for one, other in permutations(cards, 2))
    assert world.owner(cards[0]) == world.owner(MINE)
    world.says(MALLORY, MINE, cards[1])
    assert world.are_one(*cards[:2]), "another source may say so"


def test_a_visitor_has_one_device_more_and_a_user_one_card(world: World) -> None:
    world.says(APP, public=True)
    world.says(TABLET, CARD, public=True)
    world.says(APP, TABLET, public=True)
    world.says(ANNA, APP, public=True)
    assert world.are_one(ANNA, APP, TABLET, CARD)


def test_a_claim_does_not_lead_to_whoever_else_is_known(world: World) -> None:
    """The card is stronger than the address, but only a stranger says that it is theirs."""
    world.says(MALLORY, CARD, public=True)
    anna = world.says(MAIL, contact=True)
    world.says(CARD, MAIL)
    assert world.owner(MAIL) == world.owner(CARD) == anna
    assert world.owner(MALLORY) != anna


def test_claims_do_not_bar_what_other_sources_say(world: World) -> None:
    for number in range(9):
        world.says(ANNA, ("email", f"junk{number}@customer.example"), public=True)
    assert sum(kind == "email" for kind, _ in world.ties) == 3
    assert world.says(ANNA, MAIL) == world.owner(MAIL)


def test_a_public_source_adds_no_address_beside_one_that_another_source_told(world: World) -> None:
    world.says(ANNA, MAIL)
    world.says(ANNA, ("email", "mallory@customer.example"), public=True)
    assert ("email", "mallory@customer.example") not in world.ties


def test_a_public_source_adds_nothing_to_somebody_known_by_a_claim_alone(world: World) -> None:
    world.says(CARD, contact=True)
    world.says(CARD, ("email", "mallory@customer.example"), public=True)
    assert ("email", "mallory@customer.example") not in world.ties


def test_what_a_public_source_claims_is_known_once_another_source_says_it(world: World) -> None:
    anna = world.says(ANNA, MAIL, public=True)
    world.says(ANNA, MAIL)
    boris = world.says(BORIS, MAIL, public=True)
    assert world.owner(MAIL) == anna != boris
    assert not world.ties[MAIL][1].public


def test_ever_new_devices_do_not_grow_for_ever(world: World) -> None:
    for number in range(600):
        world.says(ANNA, ("anonymous_id", f"x{number}"), public=True)
    assert len(world.ties) == 501


@pytest.mark.parametrize("kind", ["anonymous_id", "device"])
@pytest.mark.parametrize("known", ["new", "visitor", "another user's"])
@pytest.mark.parametrize("victim", [ANNA, CARD])
def test_a_flood_of_devices_bars_no_real_one(world: World, kind: str, known: str, victim: Identity) -> None:
    """A stranger names the user id, or a card that nobody registered, with ever new devices."""
    world.says(victim)
    for number in range(520):
        world.says((kind, f"flood{number}"), victim, public=True, later=number)
    mine = (kind, "mine")
    if known != "new":
        world.says(mine, *([BORIS] if known != "visitor" else []), public=True)
    says = (mine, victim) if victim == CARD else (victim, mine)
    if known != "another user's" or victim == ANNA:
        world.says(*says, public=True, later=600)
        assert world.are_one(victim, mine)
    theirs = [name for name, (owner, _) in world.ties.items() if name[0] == kind and name != mine]
    assert len(theirs) <= IdentityRules().most(kind)
    assert (kind, "flood0") not in world.ties, "the oldest goes"
    assert world.says((kind, "flood519"), public=True) == world.owner(victim), "and the latest stays"


def test_a_device_that_had_to_go_comes_back_by_its_next_sign_in(world: World) -> None:
    world.says(ANNA, TABLET)
    for number in range(500):
        world.says(ANNA, ("anonymous_id", f"flood{number}"), public=True, later=1)
    assert TABLET not in world.ties
    visitor = world.says(TABLET, public=True)
    assert visitor != world.owner(ANNA)
    world.says(ANNA, TABLET, public=True, later=2)
    assert world.are_one(ANNA, TABLET)


def test_two_visitors_are_joined_by_no_more_devices_than_one_may_have() -> None:
    """A value that every browser sends, of people who never said who they are."""
    kinds = (IdentityKind(name="device", most=2), IdentityKind(name="anonymous_id"))
    world = World(IdentityRules(kinds=kinds))
    devices = [("device", str(number)) for number in range(4)]
    for device in devices:
        world.says(device)
        world.says(device, TABLET)
    assert [reason for reason, _ in world.conflicts] == ["limit", "limit"]
    assert not world.are_one(*devices)


def test_an_alias_of_a_stranger_takes_nobody_over(world: World) -> None:
    anna = world.says(ANNA, MAIL, contact=True)
    for previous in ("anna", MAIL[1]):
        world.says(MALLORY, ("previous_id", previous), public=True)
    assert world.owner(MALLORY) != anna
    assert world.owner(MAIL) == anna


def test_a_public_source_hands_over_devices_between_users_but_no_card(world: World) -> None:
    anna = world.says(ANNA, CARD, TABLET)
    boris = world.says(BORIS, TABLET, CARD, public=True)
    assert world.owner(TABLET) == boris
    assert world.owner(CARD) == anna


def test_a_public_source_joins_a_device_to_one_user_and_a_bare_card_to_the_speaker(world: World) -> None:
    world.says(TABLET, public=True)
    world.says(CARD)
    anna = world.says(ANNA)
    world.says(ANNA, TABLET, CARD, public=True)
    assert world.are_one(ANNA, TABLET, CARD)
    assert world.owner(CARD) == anna


def test_other_sources_join_by_mail_and_phone(world: World) -> None:
    world.says(CARD, MAIL, contact=True)
    world.says(PHONE, contact=True)
    world.says(ANNA)
    world.says(ANNA, MAIL, PHONE)
    assert len(world.people()) == 1
