"""Who somebody is in the workspace, re-read at most once a minute; the rules on roles stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.authorisation import Role
from bot.errors import GatewayError, Refused
from bot.ports import Clock
from bot.slack.ids import Method
from bot.slack.web import Web

#: Longest time that a role is believed without asking again.
FRESH = timedelta(seconds=60)
_OUTSIDER = frozenset({Role.OUTSIDER})
#: Any of these makes an outsider; a flag that is missing altogether does, too.
_FLAGS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The operator's own lists; without staff ids, staff are the members of the staff channel."""

    team: str
    staff_channel: str
    staff: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    at: datetime
    roles: frozenset[Role]
    name: str


class SlackDirectory:
    """Implements Directory."""

    def __init__(self, web: Web, configured: Configured, *, clock: Clock) -> None:
        self._web, self._configured, self._clock = web, configured, clock
        self._known: dict[str, _Known] = {}
        self._members: tuple[datetime, frozenset[str]] | None = None

    def roles(self, user_id: str) -> frozenset[Role]:
        """Return the roles; whoever Slack does not know, or refuses to tell of, is an outsider.

        Raises Unreachable or RateLimited where Slack does not answer: then nothing may be done.
        """
        return self._person(user_id).roles

    def name(self, user_id: str) -> str:
        """Return the name to show, or the id where Slack does not tell."""
        try:
            return self._person(user_id).name or user_id
        except GatewayError:
            return user_id

    def _person(self, user_id: str) -> _Known:
        now, known = self._clock(), self._known.get(user_id)
        if known is not None and timedelta() <= now - known.at < FRESH:
            return known
        try:
            user: Mapping[str, Any] = self._web.read(Method.USER, user=user_id).get("user") or {}
        except Refused:
            return _Known(at=now, roles=_OUTSIDER, name="")
        roles = self._roles(user_id, now) if self._inside(user) else _OUTSIDER
        profile = user.get("profile") or {}
        name = profile.get("display_name") or user.get("real_name") or user.get("name") or ""
        found = _Known(at=now, roles=roles, name=str(name))
        self._known[user_id] = found
        return found

    def _inside(self, user: Mapping[str, Any]) -> bool:
        plain = all(user.get(flag) is False for flag in _FLAGS)
        return plain and not user.get("is_stranger") and user.get("team_id") == self._configured.team

    def _roles(self, user_id: str, now: datetime) -> frozenset[Role]:
        staff = self._configured.staff or self._staff_members(now)
        found = {Role.CUSTOMER}
        if user_id in staff:
            found.add(Role.STAFF)
        if user_id in self._configured.admins:
            found.add(Role.ADMIN)
        return frozenset(found)

    def _staff_members(self, now: datetime) -> frozenset[str]:
        if self._members is not None and timedelta() <= now - self._members[0] < FRESH:
            return self._members[1]
        channel = self._configured.staff_channel
        try:
            members = frozenset(self._web.pages(Method.MEMBERS, "members", channel=channel))
        except Refused:
            members = frozenset()
        self._members = (now, members)
        return members
