"""models: versions, their cards, promotion and rollback, the challenger beside the champion, drift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.authorisation import Verb
from bot.cli.acting import ActorOption, permitted
from bot.cli.context import complain, load_language, load_parts, open_store, print_table
from bot.settings import load_settings

if TYPE_CHECKING:
    from classifiers.drift import Drift

models = typer.Typer(help="Look at model versions; promote and roll back.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="Version or alias.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(models, name="models")


@models.command("list")
def list_models() -> None:
    """List the model versions with their aliases and first figures."""
    rows = []
    for version in load_language().registry.versions():
        metrics = version.metrics
        figures = ("-", "-", "-")
        if "severity" in metrics:
            found = (
                metrics["severity"]["accuracy"],
                metrics["critical_recall"],
                metrics["category"]["accuracy"],
            )
            figures = (f"{found[0]:.3f}", f"{found[1]:.3f}", f"{found[2]:.3f}")
        trained = version.trained_at.isoformat(timespec="minutes")
        rows.append((version.id, ", ".join(version.aliases), trained, *figures))
    columns = ("version", "aliases", "trained at", "severity", "critical recall", "category")
    print_table("", columns, rows)


@models.command("show")
def show(name: NameArgument = "champion", as_json: JsonOption = False) -> None:
    """Show what is known of a version, and how the challenger differs on live messages."""
    from bot.services.models import shadow_counts
    from bot.services.workshop import Workshop
    from bot.texts import models as words

    settings = load_settings()
    shop = Workshop.open(settings.models)
    found = shop.registry.describe(name)
    if as_json:
        typer.echo(json.dumps(_facts(found), ensure_ascii=False))
        return
    facts = [(key, _short(value)) for key, value in _facts(found).items() if key != "metrics"]
    print_table(found.id, ("", ""), facts)
    typer.echo(words.shadow(shadow_counts(shop)))


@models.command("card")
def card(name: NameArgument = "champion") -> None:
    """Print a version's model card (Markdown).

    Example: madoguchi models card challenger > card.md
    """
    from bot.texts.report import card as card_of

    typer.echo(card_of(load_language().registry.describe(name)))


@models.command("promote")
def promote(
    name: NameArgument = "challenger",
    force: Annotated[bool, typer.Option("--force", help="Promote whatever the gates say.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed with --force, audited.")] = "",
    actor: ActorOption = None,
) -> None:
    """Make a version champion if it is no worse; a running desk follows with the next message.

    Refused where critical recall falls, a class loses too much, calibration worsens, or evaluation examples
    stand in the training; exit status is 1 then.
    """
    from bot.clock import system_clock
    from bot.services.models import promote as service
    from bot.services.workshop import Workshop
    from bot.texts import models as words

    if force and not reason.strip():
        complain(words.FORCE_NEEDS_REASON)
        raise typer.Exit(2)
    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.MODEL_PROMOTE)
        shop = Workshop.open(settings.models)
        found = service(shop, store, who, name, now=system_clock(), reason=reason if force else "")
    against = [f"・{words.objection(each)}" for each in found.objections]
    if not found.done:
        complain("\n".join([words.REFUSED.format(version=found.version, champion=found.champion), *against]))
        raise typer.Exit(1)
    typer.echo(words.PROMOTED.format(version=found.version))
    if against:
        complain("\n".join([words.FORCED, *against]))


@models.command("rollback")
def rollback(actor: ActorOption = None) -> None:
    """Make the previous version champion again."""
    from bot.clock import system_clock
    from bot.services.models import rollback as service
    from bot.services.workshop import Workshop
    from bot.texts import models as words

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.MODEL_ROLLBACK)
        shop = Workshop.open(settings.models)
        version = service(shop, store, who, now=system_clock())
    typer.echo(words.ROLLED_BACK.format(version=version))


@models.command("drift")
def drift(
    tell: Annotated[bool, typer.Option("--tell", help="Also post a note to the staff channel.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the last seven days with the eight weeks before: labels, confidence, corrections, words."""
    from bot.clock import system_clock
    from bot.services import drift as service
    from bot.texts import models as words
    from classifiers.drift import unknown_words

    settings = load_settings()
    parts = load_parts(settings)
    classifier = parts.classifier
    now = system_clock()
    with open_store(settings) as store:
        with store.reading() as unit:
            found = service.week(
                unit, now, lambda text: unknown_words(classifier.model, classifier.read(text))
            )
        if tell:
            with store.transaction() as unit:
                service.tell(unit, found, now, words.drift_note)
    if as_json:
        typer.echo(json.dumps(_drift_facts(found), ensure_ascii=False))
        return
    _show_drift(found)


def _show_drift(found: Drift) -> None:
    from bot.texts import models as words

    rows = [
        (
            words.figure(each.name),
            f"{each.value:.3f}",
            "-" if each.low is None or each.high is None else f"{each.low:.3f} - {each.high:.3f}",
            "!" if each.outside else "",
        )
        for each in found.figures
    ]
    print_table("", ("figure", "last 7 days", "band", ""), rows)
    if found.outside:
        typer.echo(words.drift_note(found))
    elif all(each.usual is None for each in found.figures):
        typer.echo(words.TOO_FEW.format(messages=found.messages, before=found.messages_before))
    else:
        typer.echo(words.STEADY.format(messages=found.messages))


def _drift_facts(found: Drift) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(found) | {"outside": [each.name for each in found.outside]}


def _facts(found: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(found) | {"trained_at": found.trained_at.isoformat()}


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
