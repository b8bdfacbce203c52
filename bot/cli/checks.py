"""Examines an installation: each check says what is wrong and what to do."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import typer
from rich.console import Console

from bot.cli.context import load_parts
from bot.clock import system_clock
from bot.compose import Parts
from bot.errors import Unreachable
from bot.hooks import hook_of
from bot.services import webhook
from bot.settings import load_settings
from bot.storage.sqlite.store import SqliteStore
from bot.texts import cli as words
from bot.texts import doctor as texts
from bot.texts.errors import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: what it looked at, and what is to be done where it failed."""

    name: str
    ok: bool
    detail: str


class Failed(Exception):
    """A check did not hold; its message says what to do."""


def examine(*, online: bool) -> bool:
    """Print every finding and tell whether all is well."""
    console = Console()
    findings = list(_findings(online))
    for finding in findings:
        mark = "[green]OK[/green]" if finding.ok else "[red]NG[/red]"
        console.print(f"{mark} {finding.name}: ", end="")
        console.print(finding.detail, markup=False)
    bad = sum(not finding.ok for finding in findings)
    typer.echo(words.DOCTOR_BAD.format(count=bad) if bad else words.DOCTOR_OK)
    return not bad


def _findings(online: bool) -> Iterator[Finding]:
    yield _check(texts.PYTHON, _python)
    try:
        settings = load_settings()
    except Exception as error:
        yield Finding(name=texts.SETTINGS, ok=False, detail=sentence(error))
        return
    yield Finding(name=texts.SETTINGS, ok=True, detail=str(settings.home))
    parts = load_parts(settings)
    checks: tuple[tuple[str, Callable[[Parts], str]], ...] = (
        (texts.DICTIONARY, _dictionary),
        (texts.MODEL, _model),
        (texts.POLICIES, _policies),
        (texts.FAQ, _faq),
        (texts.CALENDAR, _calendar),
        (texts.DATABASE, _database),
        (texts.TOKENS, _tokens),
    )
    for name, check in checks:
        yield _check(name, lambda check=check: check(parts))  # type: ignore[misc]
    if settings.webhook_url:
        yield _check(texts.WEBHOOK, lambda: _webhook(parts, online=online))
    if online:
        from bot.slack.checks import online_findings

        for name, ok, detail in online_findings(settings):
            yield Finding(name=name, ok=ok, detail=detail)


def _check(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name=name, ok=True, detail=check())
    except Failed as failure:
        return Finding(name=name, ok=False, detail=str(failure))
    except Exception as error:  # a check must never hide the others
        return Finding(name=name, ok=False, detail=sentence(error))


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def _dictionary(_parts: Parts) -> str:
    from classifiers.text.tokenise import tokenise

    tokens = tokenise(texts.SAMPLE)
    if len(tokens) < texts.SAMPLE_TOKENS:
        raise Failed(texts.DICTIONARY_BROKEN)
    return texts.DICTIONARY_OK.format(count=len(tokens))


def _model(parts: Parts) -> str:
    return parts.classifier.classify([texts.SAMPLE]).model_version


def _policies(parts: Parts) -> str:
    return ", ".join(parts.policies.ids)


def _faq(parts: Parts) -> str:
    found = parts.faq.search(texts.SAMPLE)
    return texts.FAQ_OK.format(count=len(parts.catalogue.entries), outcome=found.outcome)


def _calendar(parts: Parts) -> str:
    first, last = parts.policies.calendar.horizon
    year = system_clock().year
    if not first <= year < last:
        raise Failed(texts.CALENDAR_ENDS.format(last=last))
    return f"{first}-{last}"


def _database(parts: Parts) -> str:
    store = SqliteStore.open(parts.settings.database)
    try:
        with store.transaction() as unit:
            count, bad = unit.contracts.count(), unit.audit.first_bad()
    finally:
        store.close()
    if bad is not None:
        raise Failed(texts.AUDIT_BROKEN.format(number=bad))
    if count == 0:
        raise Failed(texts.NO_CONTRACTS)
    return texts.DATABASE_OK.format(path=parts.settings.database, count=count)


def _webhook(parts: Parts, *, online: bool) -> str:
    """Where somebody asks online, an event that changes nothing is sent."""
    hook = hook_of(parts.settings)
    if hook is None or not online:
        return texts.WEBHOOK_OK.format(host=hook.host if hook else "")
    now = system_clock()
    try:
        status = hook.send(*webhook.ping(now), now)
    except Unreachable as error:
        raise Failed(texts.WEBHOOK_REFUSED.format(host=hook.host, reason=error)) from error
    if not 200 <= status < 300:
        raise Failed(texts.WEBHOOK_REFUSED.format(host=hook.host, reason=status))
    return texts.WEBHOOK_ANSWERED.format(host=hook.host)


def _tokens(parts: Parts) -> str:
    settings = parts.settings
    wanted = (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-"),
        ("SLACK_APP_TOKEN", settings.slack_app_token, "xapp-"),
    )
    for name, secret, prefix in wanted:
        if secret is None:
            raise Failed(texts.TOKEN_MISSING.format(name=name))
        if not secret.get_secret_value().startswith(prefix):
            raise Failed(texts.TOKEN_WRONG.format(name=name, prefix=prefix))
    if not settings.staff_channel:
        raise Failed(texts.NO_STAFF_CHANNEL)
    return texts.TOKENS_OK
