"""Who somebody is in the workspace, re-read at most once a minute; the rules on roles stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

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


#: Slack's words for groups that nobody here has: no paid plan, no scope (the app is older than the groups).
NO_GROUPS = frozenset({"plan_upgrade_required", "missing_scope"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the operator said of roles.

    A user group counts where the workspace has groups; else the ids; without any ids, staff are the members
    of the staff channel.
    """

    team: str
    staff_channel: str
    staff: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    #: Ids of user groups.
    staff_group: str = ""
    admin_group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    inside: bool
    name: str


_Read = TypeVar("_Read")


class SlackDirectory:
    """Implements Directory."""

    def __init__(self, web: Web, configured: Configured, *, clock: Clock) -> None:
        self._web, self._configured, self._clock = web, configured, clock
        #: What was read, each with its own age: roles are put together anew at every question.
        self._people: dict[str, tuple[datetime, _Known]] = {}
        self._lists: dict[str, tuple[datetime, frozenset[str] | None]] = {}

    def roles(self, user_id: str) -> frozenset[Role]:
        """Return the roles; whoever Slack does not know, or refuses to tell of, is an outsider.

        Raises Unreachable or RateLimited where Slack does not answer: then nothing may be done.
        """
        if not self._person(user_id).inside:
            return _OUTSIDER
        found = {Role.CUSTOMER}
        if user_id in self._staff():
            found.add(Role.STAFF)
        if user_id in self._admins():
            found.add(Role.ADMIN)
        return frozenset(found)

    def name(self, user_id: str) -> str:
        """Return the name to show, or the id where Slack does not tell."""
        try:
            return self._person(user_id).name or user_id
        except GatewayError:
            return user_id

    def _person(self, user_id: str) -> _Known:
        return self._fresh(self._people, user_id, lambda: self._ask(user_id))

    def _ask(self, user_id: str) -> _Known:
        try:
            user: Mapping[str, Any] = self._web.read(Method.USER, user=user_id).get("user") or {}
        except Refused:
            return _Known(inside=False, name="")
        profile = user.get("profile") or {}
        name = profile.get("display_name") or user.get("real_name") or user.get("name") or ""
        return _Known(inside=self._inside(user), name=str(name))

    def _inside(self, user: Mapping[str, Any]) -> bool:
        plain = all(user.get(flag) is False for flag in _FLAGS)
        return plain and not user.get("is_stranger") and user.get("team_id") == self._configured.team

    def _staff(self) -> frozenset[str]:
        grouped = self._group(self._configured.staff_group)
        if grouped is not None:
            return grouped
        return self._configured.staff or self._channel(self._configured.staff_channel)

    def _admins(self) -> frozenset[str]:
        grouped = self._group(self._configured.admin_group)
        return self._configured.admins if grouped is None else grouped

    def _group(self, group: str) -> frozenset[str] | None:
        """Return who is in a user group, or None where there are no groups; nobody is in an unknown one."""
        if not group:
            return None
        return self._fresh(self._lists, group, lambda: members(self._web, group))

    def _channel(self, channel: str) -> frozenset[str]:
        def ask() -> frozenset[str] | None:
            try:
                return frozenset(self._web.pages(Method.MEMBERS, "members", channel=channel))
            except Refused:
                return frozenset()

        return self._fresh(self._lists, channel, ask) or frozenset()

    def _fresh(self, kept: dict[str, tuple[datetime, _Read]], key: str, ask: Callable[[], _Read]) -> _Read:
        now, known = self._clock(), kept.get(key)
        if known is not None and timedelta() <= now - known[0] < FRESH:
            return known[1]
        found = ask()
        kept[key] = (now, found)
        return found


def members(web: Web, group: str) -> frozenset[str] | None:
    """Return who is in a user group, or None where this workspace has none for us.

    Nobody is in a group that was deleted or never was. Raises Unreachable or RateLimited.
    """
    try:
        return frozenset(str(user) for user in web.read(Method.GROUP, usergroup=group).get("users") or ())
    except Refused as error:
        return None if error.code in NO_GROUPS else frozenset()
