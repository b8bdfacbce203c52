"""What people may ask about their data: shown, corrected, erased, also from log and free pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.authorisation import Actor, Role
from bot.dialogue.actions import Action
from bot.errors import NotAllowed, NotFound, TicketsOpen
from bot.personal import About
from bot.services import privacy, retention, worker
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.ticket import TicketStatus
from bot.traffic import Post
from knowledge.contracts.contract import Contact
from knowledge.policies.decision import Asker
from tests.builders import ADMIN, CONTRACT, CUSTOMER, NOW, RIGHT_FORM, World, inbound, session, world

WHO = Actor(id=ADMIN.id, roles=frozenset({Role.ADMIN}))
#: Words that nobody else uses: found anywhere, they were kept.
CANARY = "かなりや七四三一"
CONTACT = "canary@example.jp"


def told(store: SqliteStore | None = None, *, closed: bool = True) -> World:
    """A world in which the customer's ticket with the canary was opened, corrected, approved and closed."""
    made = world(store=store)
    talk = session(made)
    talk.say(f"全員メールが送れません {CANARY}")
    talk.identify({**RIGHT_FORM, "contact": CONTACT, "details": CANARY})
    talk.press(Action.CONFIRM)
    talk.staff_presses(Action.STAFF_CORRECT, "M-00001", {"severity": "A", "category": "security_incident"})
    if closed:
        with made.store.transaction() as unit:
            found = unit.tickets.get("M-00001")
            assert found is not None
            unit.tickets.save(
                found.evolve(status=TicketStatus.CLOSED, closed_at=NOW, close_reason=CANARY, updated_at=NOW)
            )
    return made


def everything(made: World) -> str:
    conn = made.store._conn
    tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return "\n".join(repr(row) for name in tables for row in conn.execute(f"SELECT * FROM {name}"))


def test_export_holds_everything_about_a_person() -> None:
    made = told()
    with made.store.transaction() as unit:
        found = privacy.export(unit, WHO, About(user=CUSTOMER.id), NOW)
        other = privacy.export(unit, WHO, About(user="U-OTHER"), NOW)
    assert set(found) == {
        "tickets",
        "talks",
        "received",
        "sent",
        "labels",
        "label_candidates",
        "links",
        "identification_attempts",
    }
    assert CANARY in repr(found["received"])
    assert CANARY in repr(found["tickets"])
    assert found["tickets"][0]["contact"] == CONTACT
    assert other == {}


def test_contract_is_found_by_its_number_only() -> None:
    made = told()
    with made.store.transaction() as unit:
        whose = privacy.about(unit, number="p-100-200")
        found = privacy.export(unit, WHO, whose, NOW)
        with pytest.raises(NotFound):
            privacy.about(unit, number="P000000")
    assert found["contracts"][0]["holder"] == CONTRACT.holder
    assert len(found["tickets"]) == 1


@pytest.mark.parametrize("whose", ["user", "contract"])
def test_erased_person_is_in_no_table_and_the_trail_is_intact(whose: str) -> None:
    made = told()
    assert CANARY in everything(made)
    with made.store.transaction() as unit:
        before = [(entry.seq, entry.digest) for entry in unit.audit.all()]
        about = About(user=CUSTOMER.id) if whose == "user" else privacy.about(unit, number=CONTRACT.number)
        assert privacy.erase(unit, WHO, about, NOW) == ["M-00001"]
    left = everything(made)
    gone = [CANARY, CONTACT] + ([CUSTOMER.id, CUSTOMER.name] if whose == "user" else [CONTRACT.holder])
    assert [word for word in gone if word in left] == []
    with made.store.transaction() as unit:
        assert unit.audit.first_bad() is None
        entries = unit.audit.all()
        ticket = unit.tickets.get("M-00001")
        assert [(entry.seq, entry.digest) for entry in entries[: len(before)]] == before
    assert (entries[-1].actor, entries[-1].action) == (ADMIN.id, "privacy.erase")
    assert ticket is not None
    assert (ticket.summary, ticket.description, ticket.contract, ticket.classification) == (
        "",
        "",
        None,
        None,
    )


def test_erasing_one_person_leaves_the_others() -> None:
    made = told()
    other = replace(CUSTOMER, id=CUSTOMER.id + "2", name="別人")
    worker.accept(
        made.desk, inbound("プリンターが動きません", key="T/C9/9", conversation="C9/9", sender=other)
    )
    worker.run_once(made.desk)
    with made.store.transaction() as unit:
        privacy.erase(unit, WHO, About(user=CUSTOMER.id), NOW)
        kept = privacy.export(unit, WHO, About(user=other.id), NOW)
    assert set(kept) == {"talks", "received", "sent"}
    assert CANARY not in repr(kept)


def test_erased_message_is_not_taken_in_again() -> None:
    made = told()
    with made.store.transaction() as unit:
        (key,) = {row[0] for row in made.store._conn.execute("SELECT key FROM inbox LIMIT 1")}
        privacy.erase(unit, WHO, About(user=CUSTOMER.id), NOW)
        assert unit.inbox.put(inbound("もう一度", key=key)) is False
        assert unit.inbox.waiting() == 0


def test_person_who_still_waits_is_not_erased_by_mistake() -> None:
    made = told(closed=False)
    with made.store.transaction() as unit:
        with pytest.raises(TicketsOpen, match="M-00001"):
            privacy.erase(unit, WHO, About(user=CUSTOMER.id), NOW)
        assert privacy.erase(unit, WHO, About(user=CUSTOMER.id), NOW, force=True) == ["M-00001"]
    assert CANARY not in everything(made)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.STAFF, Role.OUTSIDER])
def test_only_admins_see_correct_or_erase(role: Role) -> None:
    made, actor, whose = told(), Actor(id="U1", roles=frozenset({role})), About(user=CUSTOMER.id)
    with made.store.transaction() as unit:
        for attempt in (
            lambda: privacy.export(unit, actor, whose, NOW),
            lambda: privacy.erase(unit, actor, whose, NOW),
            lambda: privacy.correct(unit, actor, whose, "x", NOW),
            lambda: privacy.breach(unit, actor, NOW, NOW, NOW),
        ):
            with pytest.raises(NotAllowed):
                attempt()
    assert CANARY in everything(made)


def test_name_and_holder_are_corrected_everywhere() -> None:
    made = told()
    with made.store.transaction() as unit:
        assert privacy.correct(unit, WHO, About(user=CUSTOMER.id), "多中", NOW) == 2
        whose = privacy.about(unit, number=CONTRACT.number)
        assert privacy.correct(unit, WHO, whose, "株式会社あおぞら", NOW) == 3
        with pytest.raises(NotFound):
            privacy.correct(unit, WHO, About(user="U-NOBODY"), "x", NOW)
    left = everything(made)
    assert ("多中" in left, "株式会社あおぞら" in left) == (True, True)
    with made.store.transaction() as unit:
        ticket, contract = unit.tickets.get("M-00001"), unit.contracts.find(CONTRACT.number)
    assert ticket is not None
    assert ticket.contract is not None
    assert contract is not None
    assert (ticket.reporter_name, ticket.contract.holder, contract.holder) == (
        "多中",
        "株式会社あおぞら",
        "株式会社あおぞら",
    )


def test_contact_of_a_contract_is_erased_with_the_person() -> None:
    made = world(
        contracts=[
            replace(
                CONTRACT,
                contacts=(
                    Contact(name="金井", role=Asker.ADMIN, slack_user="U-KANAI"),
                    Contact(name="別井", role=Asker.ADMIN, slack_user="U-KANAI2"),
                ),
            )
        ]
    )
    with made.store.transaction() as unit:
        privacy.erase(unit, WHO, About(user="U-KANAI"), NOW)
        contract = unit.contracts.find(CONTRACT.number)
    assert contract is not None
    assert [contact.name for contact in contract.contacts] == ["別井"]


def test_erased_words_are_in_no_byte_of_database_or_log(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    made = told(SqliteStore.open(path, exclusive=True))
    canary = CANARY.encode()

    def bytes_left() -> int:
        return sum(file.read_bytes().count(canary) for file in tmp_path.iterdir())

    assert bytes_left() > 0
    with made.store.transaction() as unit:
        privacy.erase(unit, WHO, About(user=CUSTOMER.id), NOW)
    made.store.scrub()
    assert bytes_left() == 0


def test_daily_work_forgets_what_is_old_and_keeps_the_rest() -> None:
    made = told()
    made.clock.now = NOW + timedelta(days=29)
    assert retention.daily(made.desk)
    assert CANARY in repr(rows(made, "inbox"))
    made.clock.now = NOW + timedelta(days=31)
    assert retention.daily(made.desk)
    assert CANARY not in repr(rows(made, "inbox")) + repr(rows(made, "outbox"))
    assert CANARY in repr(rows(made, "tickets"))
    made.clock.now = NOW + timedelta(days=366)
    assert retention.daily(made.desk)
    assert [word for word in (CANARY, CONTACT, CUSTOMER.id) if word in repr(rows(made, "tickets"))] == []
    assert CANARY not in everything(made)
    with made.store.transaction() as unit:
        assert unit.audit.first_bad() is None


def test_open_ticket_is_never_forgotten() -> None:
    made = told(closed=False)
    made.clock.now = NOW + timedelta(days=3000)
    retention.daily(made.desk)
    assert CANARY in repr(rows(made, "tickets"))


def test_daily_work_is_done_once_a_day_and_tells_the_head_of_the_trail() -> None:
    made = told()
    desk = replace(made.desk, configuration=replace(made.desk.configuration, admin_channel="C-ADMIN"))
    with made.store.transaction() as unit:
        head = unit.audit.head()
    assert [retention.daily(desk) for _ in range(3)] == [True, False, False]
    assert head is not None
    with made.store.transaction() as unit:
        posts = [item.message for item in unit.outbox.due(NOW, 1000) if item.key.startswith("audit/")]
    (post,) = posts
    assert isinstance(post, Post)
    assert (post.address.channel, post.reply.digest) == ("C-ADMIN", head.digest)  # type: ignore[union-attr]


def test_breach_report_names_whoever_was_touched() -> None:
    made = told()
    with made.store.transaction() as unit:
        (one,) = privacy.breach(unit, WHO, NOW - timedelta(days=1), NOW + timedelta(days=1), NOW)
        assert privacy.breach(unit, WHO, NOW + timedelta(days=2), NOW + timedelta(days=3), NOW) == []
    assert (one.user, one.tickets, one.holder) == (CUSTOMER.id, 1, CONTRACT.holder)


def rows(made: World, table: str) -> list[tuple[object, ...]]:
    return list(made.store._conn.execute(f"SELECT * FROM {table}"))
