"""One call of the Web API: turns every way it can fail into one of our errors; never repeats a call."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.errors import GatewayError, RateLimited, Refused, Unreachable
from bot.slack.ids import Method

Answer = Mapping[str, Any]

#: Slack's own troubles, told as `ok: false`: whether the work was done is unknown.
_TROUBLES = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_PAGE = 200
_TOO_MANY = 429


class Web:
    """The Web API with one token.

    The SDK's own retries are off: they post twice when an answer is lost. A method that Slack limited is not
    called again before the time it named; all others go on.
    """

    def __init__(self, token: str, base_url: str, *, timeout: int) -> None:
        self.client = WebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=[])
        #: Method -> when it may be called again, by the monotonic clock.
        self._limited: dict[Method, float] = {}

    def twin(self, *, timeout: int) -> Web:
        """Return the same with another timeout; what Slack limits is known to both."""
        twin = Web(str(self.client.token), self.client.base_url, timeout=timeout)
        twin._limited = self._limited
        return twin

    def write(self, method: Method, **arguments: Any) -> Answer:
        """Call with a JSON body. Raises RateLimited, Unreachable or Refused."""
        return self._call(method, json={key: value for key, value in arguments.items() if value is not None})

    def read(self, method: Method, **arguments: Any) -> Answer:
        """Call with form fields, the only kind that reading methods take. Raises as `write`."""
        fields = {key: _field(value) for key, value in arguments.items() if value is not None}
        return self._call(method, params=fields)

    def pages(self, method: Method, key: str, *, most: int = 10, **arguments: Any) -> Iterator[Any]:
        """Yield the items of up to `most` pages of a reading method."""
        cursor = None
        for _ in range(most):
            answer = self.read(method, limit=_PAGE, cursor=cursor, **arguments)
            yield from answer.get(key) or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def granted(self) -> frozenset[str]:
        """Return the scopes of the token. Raises as `write`."""
        header = _header(self._response(Method.AUTH_TEST).headers, "x-oauth-scopes")
        return frozenset(scope.strip() for scope in header.split(",") if scope.strip())

    def _call(self, method: Method, **how: Any) -> Answer:
        data = self._response(method, **how).data
        if not isinstance(data, dict):
            raise Unreachable(f"{method}: no JSON")
        return data

    def _response(self, method: Method, **how: Any) -> SlackResponse:
        left = self._limited.get(method, 0.0) - time.monotonic()
        if left > 0:
            raise RateLimited(method, left)
        try:
            return self.client.api_call(method.value, **how)
        except SlackApiError as error:
            refusal = _refusal(method, error)
            if isinstance(refusal, RateLimited):
                self._limited[method] = time.monotonic() + refusal.retry_after
            raise refusal from error
        except (SlackClientError, HTTPException, OSError, ValueError) as error:
            raise Unreachable(f"{method}: {type(error).__name__}") from error


def _refusal(method: Method, error: SlackApiError) -> GatewayError:
    response = error.response
    told = str(response.get("error") or "") if isinstance(response.data, dict) else ""
    # Of a page that is no JSON the SDK makes a sentence: that is no code, and no answer either.
    code = told if _CODE.fullmatch(told) else ""
    if response.status_code == _TOO_MANY or code in ("ratelimited", "rate_limited"):
        return RateLimited(method, _seconds(response.headers))
    if not code or response.status_code >= 500 or code in _TROUBLES:
        return Unreachable(f"{method}: {response.status_code} {code}".strip())
    return Refused(method, code)


def _seconds(headers: Mapping[str, Any]) -> float:
    told = _header(headers, "retry-after")
    return float(told) if told.isdecimal() else 1.0


def _header(headers: Mapping[str, Any], wanted: str) -> str:
    """Return a header in whatever case it came."""
    found = next((value for name, value in headers.items() if name.lower() == wanted), "")
    return str(found[0] if isinstance(found, list) else found)


def _field(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
