"""The gateway against the fake Slack: what stands there afterwards, and every way a call can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.authorisation import Role
from bot.dialogue import replies as r
from bot.errors import GatewayError, RateLimited, Refused, Unreachable
from bot.slack.directory import Configured, SlackDirectory
from bot.slack.gateway import SlackGateway
from bot.slack.ids import METADATA_EVENT, Method
from bot.slack.web import Web
from bot.traffic import Address, Card, CardLog, MessageRef
from tests.bot.slack.conftest import shown
from tests.builders import SettableClock, ticket
from tests.fake_slack import FakeSlack, Fault


@dataclass(slots=True, kw_only=True)
class Place:
    slack: FakeSlack
    gateway: SlackGateway
    channel: str
    desk: str
    customer: str


@pytest.fixture
def place(slack: FakeSlack) -> Place:
    customer = slack.user("田中")
    channel, desk = slack.channel("soudan", members=[customer]), slack.channel("desk", private=True)
    gateway = SlackGateway(
        Web(slack.bot_token, slack.url, timeout=1), staff_channel=desk, name_of=lambda user: f"name of {user}"
    )
    return Place(slack=slack, gateway=gateway, channel=channel, desk=desk, customer=customer)


def test_post_stands_in_the_thread_with_its_mark(place: Place) -> None:
    root = place.slack.post_as(place.customer, place.channel, "困りました")
    ref = place.gateway.post(Address(channel=place.channel, thread=root), r.Solved(), key="k1")
    (message,) = place.slack.bot_messages(place.channel, root)
    assert ref == MessageRef(channel=place.channel, message=message["ts"])
    assert message["metadata"] == {"event_type": METADATA_EVENT, "event_payload": {"key": "k1"}}
    assert message["text"].startswith("解決してよかったです。")
    flags = (message["_link_names"], message["_unfurl_links"], message["_unfurl_media"])
    assert flags == (False, False, False)


def test_posted_message_is_found_by_its_key(place: Place) -> None:
    root = place.slack.post_as(place.customer, place.channel, "困りました")
    where = Address(channel=place.channel, thread=root)
    refs = [place.gateway.post(where, r.Solved(), key=f"k{number}") for number in range(3)]
    assert place.gateway.find(where, key="k1") == refs[1]
    assert place.gateway.find(where, key="k9") is None


def test_a_long_thread_is_read_to_its_end(place: Place) -> None:
    root = place.slack.post_as(place.customer, place.channel, "困りました")
    for number in range(250):
        place.slack.post_as(place.customer, place.channel, str(number), thread_ts=root)
    where = Address(channel=place.channel, thread=root)
    ref = place.gateway.post(where, r.Solved(), key="last")
    assert place.gateway.find(where, key="last") == ref


def test_nothing_is_found_where_the_thread_is_gone(place: Place) -> None:
    assert place.gateway.find(Address(channel=place.channel, thread="1.000001"), key="k") is None


def test_direct_talk_is_opened_to_be_read(place: Place) -> None:
    where = Address(channel=place.customer)
    ref = place.gateway.post(where, r.Greeting(), key="k")
    assert ref.channel == place.slack.direct(place.customer)
    assert place.gateway.find(where, key="k") == ref


def test_card_is_posted_once_and_then_updated(place: Place) -> None:
    first = ticket(reporter="U1", reporter_name="", assignee="U2")
    ref = place.gateway.show_card(Card(ticket=first), None, key="card/M-00001")
    again = place.gateway.show_card(Card(ticket=first.evolve(summary="直した")), ref, key="card/M-00001")
    (message,) = place.slack.bot_messages(place.desk)
    assert again == ref
    assert "直した" in shown(message)
    assert "name of U1" in shown(message)
    assert "name of U2" in shown(message)
    assert place.gateway.find_card(key="card/M-00001") == ref


def test_deleted_card_is_posted_anew(place: Place) -> None:
    gone = MessageRef(channel=place.desk, message="1.000001")
    ref = place.gateway.show_card(Card(ticket=ticket()), gone, key="card/M-00001")
    assert [message["ts"] for message in place.slack.bot_messages(place.desk)] == [ref.message]


def test_log_line_stands_under_the_card_with_the_name(place: Place) -> None:
    card = place.gateway.show_card(Card(ticket=ticket()), None, key="card/M-00001")
    line = CardLog(ticket_id="M-00001", actor="U7", action="approve")
    place.gateway.log_on_card(card, line, key="k")
    assert [m["text"] for m in place.slack.messages(place.desk, card.message)[1:]] == ["name of U7: 承認"]


def test_second_reaction_is_no_trouble(place: Place) -> None:
    root = place.slack.post_as(place.customer, place.channel, "困りました")
    place.gateway.react(place.channel, root, "eyes")
    place.gateway.react(place.channel, root, "eyes")
    assert place.slack.messages(place.channel)[0]["reactions"] == ["eyes"]


FAULTS: list[tuple[Fault, type[GatewayError]]] = [
    (Fault.rate_limited(7), RateLimited),
    (Fault.server_error(500), Unreachable),
    (Fault.server_error(503), Unreachable),
    (Fault.html(), Unreachable),
    (Fault.lost_answer(), Unreachable),
    (Fault.lost_server_error(), Unreachable),
    (Fault.reset(), Unreachable),
    (Fault.hang(1.5), Unreachable),
    (Fault.refused("internal_error"), Unreachable),
    (Fault.refused("ratelimited"), RateLimited),
    (Fault.refused("is_archived"), Refused),
    (Fault.refused("invalid_auth"), Refused),
]
CALLS: list[Callable[[Place], Any]] = [
    lambda place: place.gateway.post(Address(channel=place.channel), r.Solved(), key="k"),
    lambda place: place.gateway.find(Address(channel=place.channel), key="k"),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS, ids=lambda value: getattr(value, "kind", None))
@pytest.mark.parametrize("call", CALLS, ids=["write", "read"])
def test_every_failure_is_one_of_ours(
    place: Place, fault: Fault, error: type[GatewayError], call: Callable[[Place], Any]
) -> None:
    place.slack.fail("*", fault)
    with pytest.raises(error):
        call(place)
    # Never tried twice on the quiet: that would post twice.
    assert len(place.slack.calls()) == 1


def test_rate_limit_tells_how_long(place: Place) -> None:
    place.slack.fail(Method.POST, Fault.rate_limited(7))
    with pytest.raises(RateLimited) as caught:
        place.gateway.post(Address(channel=place.channel), r.Solved(), key="k")
    assert (caught.value.method, caught.value.retry_after) == (Method.POST, 7.0)


def test_refusal_tells_the_code(place: Place) -> None:
    with pytest.raises(Refused) as caught:
        place.gateway.post(Address(channel="C-NOWHERE"), r.Solved(), key="k")
    assert caught.value.code == "channel_not_found"


def test_nobody_listening_is_unreachable() -> None:
    gateway = SlackGateway(
        Web("xoxb-x", "http://127.0.0.1:9/api/", timeout=1), staff_channel="G1", name_of=lambda user: user
    )
    with pytest.raises(Unreachable):
        gateway.post(Address(channel="C1"), r.Solved(), key="k")


def test_lost_answer_did_the_work_all_the_same(place: Place) -> None:
    place.slack.fail(Method.POST, Fault.lost_answer())
    where = Address(channel=place.channel)
    with pytest.raises(Unreachable):
        place.gateway.post(where, r.Solved(), key="k")
    found = place.gateway.find(where, key="k")
    assert [message["ts"] for message in place.slack.bot_messages(place.channel)] == [
        found.message if found else None
    ]


# --- directory -----------------------------------------------------------------------------------


def _directory(place: Place, clock: SettableClock, **configured: Any) -> SlackDirectory:
    web = Web(place.slack.bot_token, place.slack.url, timeout=1)
    return SlackDirectory(
        web, Configured(team=place.slack.team, staff_channel=place.desk, **configured), clock=clock
    )


@pytest.mark.parametrize(
    "flags",
    [
        {"deleted": True},
        {"is_bot": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"team": "T-OTHER"},
    ],
)
def test_outsider_is_nothing_else_even_in_the_staff_channel(place: Place, flags: dict[str, Any]) -> None:
    user = place.slack.user("客人", **flags)
    place.slack.workspace.channels[place.desk].members.add(user)
    directory = _directory(place, SettableClock(), admins=frozenset({user}))
    assert directory.roles(user) == {Role.OUTSIDER}


def test_unknown_user_is_an_outsider(place: Place) -> None:
    directory = _directory(place, SettableClock())
    assert directory.roles("U-NOBODY") == {Role.OUTSIDER}
    assert directory.name("U-NOBODY") == "U-NOBODY"


def test_members_of_the_staff_channel_are_staff(place: Place) -> None:
    staff = place.slack.user("鈴木")
    place.slack.workspace.channels[place.desk].members.add(staff)
    directory = _directory(place, SettableClock())
    assert directory.roles(staff) == {Role.CUSTOMER, Role.STAFF}
    assert directory.roles(place.customer) == {Role.CUSTOMER}
    assert directory.name(staff) == "鈴木"


def test_configured_staff_replace_the_channel(place: Place) -> None:
    member, named = place.slack.user("鈴木"), place.slack.user("佐藤")
    place.slack.workspace.channels[place.desk].members.add(member)
    directory = _directory(place, SettableClock(), staff=frozenset({named}), admins=frozenset({named}))
    assert directory.roles(member) == {Role.CUSTOMER}
    assert directory.roles(named) == {Role.CUSTOMER, Role.STAFF, Role.ADMIN}


def test_user_groups_come_before_ids_and_channel(place: Place) -> None:
    member, named, grouped = (place.slack.user(name) for name in ("鈴木", "佐藤", "高橋"))
    guest = place.slack.user("客人", is_restricted=True)
    stranger = place.slack.user("他社", team="T-OTHER")
    place.slack.workspace.channels[place.desk].members.add(member)
    place.slack.workspace.usergroups |= {"S1": [grouped, guest, stranger], "S2": [grouped]}
    lists = {"staff": frozenset({named}), "admins": frozenset({named})}
    directory = _directory(place, SettableClock(), staff_group="S1", admin_group="S2", **lists)
    assert directory.roles(grouped) == {Role.CUSTOMER, Role.STAFF, Role.ADMIN}
    assert directory.roles(named) == directory.roles(member) == {Role.CUSTOMER}
    assert directory.roles(guest) == directory.roles(stranger) == {Role.OUTSIDER}


@pytest.mark.parametrize("trouble", ["plan", "scope"])
def test_without_groups_the_ids_count_and_without_ids_the_channel(place: Place, trouble: str) -> None:
    member, named = place.slack.user("鈴木"), place.slack.user("佐藤")
    place.slack.workspace.channels[place.desk].members.add(member)
    if trouble == "plan":
        place.slack.workspace.paid = False
    else:
        place.slack.fail(Method.GROUP, Fault.refused("missing_scope"), times=None)
    groups = {"staff_group": "S1", "admin_group": "S2"}
    listed = _directory(place, SettableClock(), staff=frozenset({named}), admins=frozenset({named}), **groups)
    assert listed.roles(named) == {Role.CUSTOMER, Role.STAFF, Role.ADMIN}
    assert listed.roles(member) == {Role.CUSTOMER}
    assert _directory(place, SettableClock(), **groups).roles(member) == {Role.CUSTOMER, Role.STAFF}


def test_group_that_is_gone_has_nobody_in_it(place: Place) -> None:
    named = place.slack.user("佐藤")
    directory = _directory(place, SettableClock(), staff=frozenset({named}), staff_group="S-GONE")
    assert directory.roles(named) == {Role.CUSTOMER}


def test_silent_slack_tells_no_group(place: Place) -> None:
    place.slack.fail(Method.GROUP, Fault.server_error())
    with pytest.raises(Unreachable):
        _directory(place, SettableClock(), staff_group="S1").roles(place.customer)


def test_no_role_outlives_a_minute_however_it_was_read(place: Place) -> None:
    """A person read at the end of a list's minute does not keep the list alive for another one."""
    staff, other = place.slack.user("鈴木"), place.slack.user("佐藤")
    place.slack.workspace.usergroups["S1"] = [staff]
    clock = SettableClock()
    directory = _directory(place, clock, staff_group="S1")
    directory.roles(other)
    place.slack.workspace.usergroups["S1"] = []
    clock.advance(seconds=59)
    assert Role.STAFF in directory.roles(staff)
    clock.advance(seconds=1)
    assert directory.roles(staff) == {Role.CUSTOMER}


def test_roles_are_read_again_after_a_minute(place: Place) -> None:
    staff = place.slack.user("鈴木")
    members = place.slack.workspace.channels[place.desk].members
    members.add(staff)
    clock = SettableClock()
    directory = _directory(place, clock)
    assert Role.STAFF in directory.roles(staff)
    members.remove(staff)
    clock.advance(seconds=59)
    assert Role.STAFF in directory.roles(staff)
    clock.advance(seconds=1)
    assert directory.roles(staff) == {Role.CUSTOMER}


def test_clock_set_back_keeps_no_role_alive(place: Place) -> None:
    clock = SettableClock()
    directory = _directory(place, clock)
    directory.roles(place.customer)
    clock.now -= timedelta(hours=1)
    place.slack.workspace.users[place.customer].deleted = True
    assert directory.roles(place.customer) == {Role.OUTSIDER}


def test_silent_slack_grants_nothing(place: Place) -> None:
    place.slack.fail(Method.USER, Fault.server_error())
    with pytest.raises(Unreachable):
        _directory(place, SettableClock()).roles(place.customer)
