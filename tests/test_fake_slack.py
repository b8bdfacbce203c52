"""The fake Slack itself: it refuses what Slack refuses, repeats what Slack repeats, and fails on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.fake_slack import FakeSlack, Fault


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as running:
        yield running


@pytest.fixture
def web(slack: FakeSlack) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.url, retry_handlers=[], timeout=5)


def _section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text}, **more}


def _button(**changes: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "x"}
    return {"type": "button", "action_id": "a", "text": text, "value": "v", **changes}


def _actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


@pytest.mark.parametrize(
    "blocks",
    [
        [_section()] * 51,
        [_section("x" * 3_001)],
        [_section("")],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [_actions(_button(), _button())],
        [_actions(_button(text={"type": "plain_text", "text": "x" * 76}))],
        [_actions(_button(value="x" * 2_001))],
        [_actions(*(_button(action_id=str(number)) for number in range(26)))],
        [_section(block_id="same"), _section(block_id="same")],
        [{"type": "input", "label": {"type": "plain_text", "text": "x"}, "element": _button()}],
        [{"type": "from_the_future"}],
    ],
)
def test_what_slack_would_refuse_is_refused(
    slack: FakeSlack, web: WebClient, blocks: list[dict[str, Any]]
) -> None:
    channel = slack.channel("c")
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel=channel, text="x", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"
    assert slack.messages(channel) == []


def test_too_many_characters_have_their_own_code(slack: FakeSlack, web: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel=slack.channel("c"), text="x", blocks=[_section("x" * 2_900)] * 5)
    assert caught.value.response["error"] == "msg_blocks_too_long"


def test_form_and_json_bodies_are_the_same(slack: FakeSlack, web: WebClient) -> None:
    channel = slack.channel("c")
    for how in ("json", "params"):
        web.api_call("chat.postMessage", **{how: {"channel": channel, "text": "同じ <&>"}})
    assert [message["text"] for message in slack.messages(channel)] == ["同じ <&>"] * 2


def test_timestamps_are_unique_and_rise(slack: FakeSlack, web: WebClient) -> None:
    channel = slack.channel("c")
    stamps = [web.chat_postMessage(channel=channel, text="x")["ts"] for _ in range(20)]
    assert stamps == sorted(set(stamps))


def test_metadata_is_shown_only_when_asked_for(slack: FakeSlack, web: WebClient) -> None:
    channel = slack.channel("c")
    mark = {"event_type": "e", "event_payload": {"key": "k"}}
    root = web.chat_postMessage(channel=channel, text="x", metadata=mark)["ts"]
    seen = [
        web.conversations_replies(channel=channel, ts=root, include_all_metadata=wanted)["messages"][0]
        for wanted in (False, True)
    ]
    assert [message.get("metadata") for message in seen] == [None, mark]


@pytest.mark.parametrize(
    ("token", "code"), [("xoxb-wrong", "invalid_auth"), ("xapp-fake-app", "invalid_auth")]
)
def test_wrong_token_is_refused(slack: FakeSlack, token: str, code: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        WebClient(token=token, base_url=slack.url).auth_test()
    assert caught.value.response["error"] == code


def test_scope_that_was_not_granted_is_missing() -> None:
    with FakeSlack(scopes={"users:read"}) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        with pytest.raises(SlackApiError) as caught:
            web.chat_postMessage(channel=slack.channel("c"), text="x")
    assert caught.value.response["error"] == "missing_scope"


def test_trigger_opens_one_view_and_only_soon() -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [_section()]}
    with FakeSlack(trigger_life=0.0) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        user = slack.user("u")
        with pytest.raises(SlackApiError) as late:
            web.views_open(trigger_id=slack.workspace.new_trigger(user), view=view)
    with FakeSlack() as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        trigger = slack.workspace.new_trigger(slack.user("u"))
        web.views_open(trigger_id=trigger, view=view)
        with pytest.raises(SlackApiError) as again:
            web.views_open(trigger_id=trigger, view=view)
    codes = [caught.value.response["error"] for caught in (late, again)]
    assert codes == ["expired_trigger_id", "exchanged_trigger_id"]


def test_faults_come_in_order_and_end(slack: FakeSlack, web: WebClient) -> None:
    slack.fail("auth.test", Fault.refused("first"))
    slack.fail("auth.test", Fault.refused("second"))
    codes = []
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            web.auth_test()
        codes.append(caught.value.response["error"])
    web.auth_test()
    assert codes == ["first", "second"]
    assert [call.outcome for call in slack.calls("auth.test")] == ["first", "second", "ok"]


# --- Socket Mode ---------------------------------------------------------------------------------


class Listener:
    """A client that acknowledges all but the first few envelopes it gets."""

    def __init__(self, slack: FakeSlack, *, deaf_to: int = 0) -> None:
        self.got: list[SocketModeRequest] = []
        self._deaf_to = deaf_to
        self.client = SocketModeClient(
            app_token=slack.app_token,
            web_client=WebClient(base_url=slack.url),
            ping_interval=0.1,
        )
        self.client.socket_mode_request_listeners.append(self._hear)  # type: ignore[arg-type]
        self.client.connect()
        slack.wait_connected()

    def _hear(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.got.append(request)
        if len(self.got) > self._deaf_to:
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))


def test_unacknowledged_event_comes_again_with_its_number(slack: FakeSlack) -> None:
    slack.hub.ack_window = 0.1
    listener = Listener(slack, deaf_to=2)
    envelope = slack.send_event({"type": "x"})
    slack.wait_until(lambda: envelope.acked_at)
    listener.client.close()
    assert {request.envelope_id for request in listener.got} == {envelope.id}
    assert [request.retry_attempt for request in listener.got] == [0, 1, 2]


def test_event_is_given_up_after_its_retries(slack: FakeSlack) -> None:
    slack.hub.ack_window = 0.05
    envelope = slack.send_event({"type": "x"})
    slack.wait_until(lambda: envelope.given_up)
    assert (envelope.deliveries, envelope.acked_at) == (4, None)


def test_long_payloads_arrive_whole(slack: FakeSlack) -> None:
    listener = Listener(slack)
    for size in (10, 60_000, 200_000):
        envelope = slack.send_event({"type": "x", "text": "長" * size})
        slack.wait_until(lambda envelope=envelope: envelope.acked_at)
    listener.client.close()
    assert [len(request.payload["event"]["text"]) for request in listener.got] == [10, 60_000, 200_000]


def test_only_what_was_subscribed_is_sent() -> None:
    with FakeSlack(events={"message.im"}) as slack:
        user = slack.user("u")
        slack.post_as(user, slack.channel("c", members=[user]), f"<@{slack.bot}> x")
        slack.post_as(user, slack.direct(user), "x")
        assert [e.payload["event"]["channel_type"] for e in slack.hub.envelopes] == ["im"]


def test_ticket_of_a_connection_is_good_once(slack: FakeSlack) -> None:
    url = WebClient(token=slack.app_token, base_url=slack.url).apps_connections_open(
        app_token=slack.app_token
    )["url"]
    ticket = url.partition("ticket=")[2]
    assert [slack.take_ticket(ticket), slack.take_ticket(ticket)] == [True, False]
