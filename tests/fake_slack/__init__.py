"""A fake Slack over real loopback HTTP and WebSocket: Web API, Socket Mode, faults; no outside network."""

from tests.fake_slack.faults import Fault
from tests.fake_slack.server import FakeSlack

__all__ = ["FakeSlack", "Fault"]
