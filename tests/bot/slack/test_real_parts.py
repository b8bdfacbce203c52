"""The main job in Slack with nothing replaced but Slack: the shipped model, policies, FAQ and store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.cli.playing import sample_contracts
from bot.clock import system_clock
from bot.compose import Parts
from bot.dialogue.actions import Action
from bot.slack.runner import Office
from bot.storage.sqlite.store import SqliteStore
from bot.tickets.ticket import TicketStatus
from tests.bot.slack.conftest import PING, shown
from tests.fake_slack import FakeSlack

pytestmark = pytest.mark.scenario


@pytest.fixture
def desk_in_slack(parts: Parts, tmp_path: Path) -> Iterator[tuple[FakeSlack, SqliteStore, dict[str, str]]]:
    with FakeSlack() as slack:
        people = {"customer": slack.user("田中"), "staff": slack.user("鈴木")}
        places = {
            "channel": slack.channel("help", members=(slack.bot, people["customer"])),
            "desk": slack.channel("desk", private=True, members=(slack.bot, people["staff"])),
        }
        settings = parts.settings.model_copy(
            update={
                "home": tmp_path,
                "default_policy": "synnex-csp",
                "staff_channel": places["desk"],
                "slack_bot_token": SecretStr(slack.bot_token),
                "slack_app_token": SecretStr(slack.app_token),
                "slack_api_url": slack.url,
                "posts_per_second": 0,
            }
        )
        store = SqliteStore.open(settings.database, exclusive=True)
        with store.transaction() as unit:
            unit.contracts.upsert(sample_contracts(parts))
        office = Office(
            parts.with_settings(settings).desk, store, settings, clock=system_clock, ping_interval=PING
        )
        office.start()
        try:
            yield slack, store, people | places
        finally:
            office.stop()
            store.close()


def _await(slack: FakeSlack, channel: str, root: str | None, text: str) -> dict[str, Any]:
    found: dict[str, Any] = slack.wait_until(
        lambda: next((m for m in slack.bot_messages(channel, root) if text in shown(m)), None), timeout=20
    )
    return found


def test_outage_becomes_an_approved_ticket_of_the_contract_holder(
    desk_in_slack: tuple[FakeSlack, SqliteStore, dict[str, str]],
) -> None:
    slack, store, named = desk_in_slack
    channel, customer = named["channel"], named["customer"]
    words = "支店の全員がTeamsの会議に入れません。商談が止まっています。Web版でも同じです。"
    root = slack.post_as(customer, channel, f"<@{slack.bot}> {words}")
    verdict = _await(slack, channel, root, "お問い合わせを受け取りました")
    assert "3.3" in shown(verdict)
    asked = _await(slack, channel, root, "契約を確認する")
    slack.press(customer, asked, Action.OPEN_IDENTIFICATION)
    form = {"holder": "㈱さくらデザイン", "number": "1234 5678"}
    assert slack.submit(customer, slack.modal(customer), form) == {}
    summary = _await(slack, channel, root, "この内容で受け付けます")
    assert "1234-5678" not in shown(summary)
    slack.press(customer, summary, Action.CONFIRM)
    _await(slack, channel, root, "受付番号は M-00001")
    card = _await(slack, named["desk"], None, "M-00001 承認待ち")
    slack.press(named["staff"], card, Action.STAFF_APPROVE)
    _await(slack, channel, root, "承認しました")
    with store.transaction() as unit:
        ticket = unit.tickets.get("M-00001")
        assert unit.audit.first_bad() is None
    assert ticket is not None
    assert ticket.contract is not None
    assert ticket.decision is not None
    assert (ticket.status, ticket.contract.holder, ticket.decision.severity_label) == (
        TicketStatus.OPEN,
        "株式会社さくらデザイン",
        "重大",
    )
