"""labels: what the desk learns from, reviewed and carried to labelling tools and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.authorisation import Verb
from bot.cli.acting import ActorOption, permitted
from bot.cli.context import complain, open_store, print_table
from bot.errors import InputFileError
from bot.settings import load_settings
from classifiers.formats import Format, LabelItem, read_items, write_items
from classifiers.labels import Category, Severity

if TYPE_CHECKING:
    from bot.authorisation import Actor
    from bot.labelling import Candidate
    from bot.ports import Store, UnitOfWork

labels = typer.Typer(help="Review what the desk may learn from.", no_args_is_help=True)

FormatOption = Annotated[Format, typer.Option("--format", help="The labelling tool's file.")]
SeverityOption = Annotated[Severity, typer.Option("--severity", help="1, A, B or C.")]
CategoryOption = Annotated[Category, typer.Option("--category", help="What the asker wants dealt with.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(labels, name="labels")


@labels.command("list")
def list_candidates(
    everything: Annotated[bool, typer.Option("--all", help="Also what needs no review.")] = False,
) -> None:
    """List what waits for a review: corrected first, then the least sure, then some drawn blindly."""
    from bot.services import labels as service

    with open_store(load_settings()) as store:
        _gather(store)
        with store.reading() as unit:
            found = list(unit.labels.all()) if everything else service.queue(unit)
    print_table(
        "", ("id", "source", "standing", "model said", "reviews", "text"), [_row(each) for each in found]
    )


@labels.command("review")
def review(
    candidate: Annotated[int, typer.Argument(help="Id of the candidate.")],
    severity: SeverityOption,
    category: CategoryOption,
    actor: ActorOption = None,
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
) -> None:
    """Say what a candidate is. Another reviewer's opinion is kept beside yours.

    Example: madoguchi labels review 12 --severity A --category cloud_incident
    """
    from bot.clock import system_clock
    from bot.services import labels as service
    from bot.texts import models as words

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.LABEL_REVIEW)
        with store.transaction() as unit:
            found = service.review(unit, who, candidate, (severity, category), system_clock(), note=note)
    typer.echo(words.REVIEWED.format(id=found.id, standing=words.STANDING[found.standing]))


@labels.command("add")
def add(
    text: Annotated[str, typer.Argument(help="A message in your own words.")],
    severity: SeverityOption,
    category: CategoryOption,
    actor: ActorOption = None,
) -> None:
    """Add an example of your own; numbers, mail addresses and phone numbers in it are masked."""
    from bot.clock import system_clock
    from bot.services import labels as service
    from bot.texts import models as words
    from bot.texts.masking import mask

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.LABEL_REVIEW)
        with store.transaction() as unit:
            found = service.add(unit, who, text, (severity, category), system_clock(), mask=mask)
    typer.echo(words.REVIEWED.format(id=found.id, standing=words.STANDING[found.standing]))


@labels.command("consent")
def consent(
    number: Annotated[str, typer.Argument(help="Customer number of the contract.")],
    allowed: Annotated[bool, typer.Option("--yes/--no", help="May its texts be learned from?")],
    actor: ActorOption = None,
) -> None:
    """Note whether a customer's texts may be learned from; --no also forgets what there is."""
    from bot.clock import system_clock
    from bot.services import labels as service
    from bot.texts import models as words
    from knowledge.contracts.identification import normalise_number

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.LABEL_REVIEW)
        with store.transaction() as unit:
            contract = unit.contracts.find(normalise_number(number))
            if contract is None:
                complain(words.NO_CONTRACT)
                raise typer.Exit(1)
            count = service.set_consent(unit, who, contract.key, allowed, system_clock())
    typer.echo(words.CONSENT[allowed].format(count=count))


@labels.command("export")
def export(
    file: Annotated[str, typer.Argument(help="File to write; - is standard output.")],
    format_: FormatOption = Format.JSONL,
    everything: Annotated[bool, typer.Option("--all", help="Also what needs no review.")] = False,
) -> None:
    """Write candidates for a labelling tool, with the model's verdicts as prefilled answers."""
    from bot.services import labels as service
    from bot.texts import cli

    with open_store(load_settings()) as store:
        _gather(store)
        with store.reading() as unit:
            found = list(unit.labels.all()) if everything else service.queue(unit)
    text = write_items(format_, [_item(each) for each in found])
    if file == "-":
        sys.stdout.write(text)
        return
    Path(file).write_text(text, encoding="utf-8")
    typer.echo(cli.EXPORTED.format(count=len(found), file=file), err=True)


@labels.command("import")
def import_labels(
    file: Annotated[Path, typer.Argument(help="File of the labelling tool.")],
    format_: FormatOption = Format.JSONL,
    actor: ActorOption = None,
) -> None:
    """Take labels back: all of the file or nothing; each counts as a review of who gave it."""
    from bot.texts import models as words

    settings = load_settings()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(str(file), str(error)) from error
    items = read_items(format_, str(file), text)
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.LABEL_REVIEW)
        with store.transaction() as unit:
            new = sum(_take(unit, who, str(file), number, item) for number, item in enumerate(items, 1))
    typer.echo(words.LABELS_IN.format(count=len(items), new=new, reviewed=len(items) - new))


def _take(unit: UnitOfWork, actor: Actor, file: str, number: int, item: LabelItem) -> bool:
    """Keep one item as a review, or as a new candidate; True for a new one."""
    from bot.clock import system_clock
    from bot.services import labels as service
    from bot.texts import models as words
    from bot.texts.masking import mask

    known = None if item.id is None else unit.labels.get(item.id)
    if item.id is not None and known is None:
        raise InputFileError(f"{file}:{number}", words.NO_ID.format(id=item.id))
    # A tool that labels one of the two leaves the other as it stands.
    standing = known.agreed if known is not None else None
    severity = item.severity or (standing[0] if standing else None)
    category = item.category or (standing[1] if standing else None)
    if severity is None or category is None:
        raise InputFileError(f"{file}:{number}", words.BOTH_LABELS)
    now, given = system_clock(), (severity, category)
    if known is not None:
        service.review(unit, actor, known.id, given, now, note=item.reviewer)
        return False
    service.add(unit, actor, item.text, given, now, mask=mask)
    return True


def _gather(store: Store) -> None:
    """Bring the queue up to date."""
    from bot.clock import system_clock
    from bot.services import labels as service
    from bot.texts.masking import mask

    with store.transaction() as unit:
        service.collect(unit)
        service.fill(unit, mask, system_clock())


def _row(candidate: Candidate) -> tuple[str, ...]:
    from bot.texts import labels as names
    from bot.texts import models as words

    said = ", ".join(f"{who}: {each.severity} {each.category}" for who, each in candidate.said.items())
    return (
        str(candidate.id),
        words.SOURCE[candidate.source],
        words.STANDING[candidate.standing],
        f"{candidate.severity} {names.CATEGORY[candidate.category]} ({candidate.confidence:.2f})",
        said,
        candidate.text.replace("\n", " ")[:60],
    )


def _item(candidate: Candidate) -> LabelItem:
    agreed = candidate.agreed
    return LabelItem(
        id=candidate.id,
        text=candidate.text,
        severity=agreed[0] if agreed else None,
        category=agreed[1] if agreed else None,
        guess=(candidate.severity, candidate.category),
        confidence=candidate.confidence,
        model_version=candidate.model_version,
        reviewer=", ".join(candidate.said),
    )
