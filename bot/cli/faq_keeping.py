"""faq lint, gaps, import, export, evaluate: keeping and measuring the knowledge base."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.authorisation import Verb
from bot.cli.acting import permitted
from bot.cli.context import complain, load_parts, open_store, print_table
from bot.cli.faq import faq
from bot.cli.operations import ActorOption
from bot.errors import InputFileError
from bot.settings import load_settings
from bot.texts import cli as words

if TYPE_CHECKING:
    from knowledge.faq.entry import FaqEntry


class Format(StrEnum):
    """How entries travel."""

    CSV = "csv"
    CSV_CP932 = "csv-cp932"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


FormatOption = Annotated[
    Format, typer.Option("--format", help="csv is UTF-8 with BOM; markdown is a folder.")
]


def register(app: typer.Typer) -> None:
    """The commands hang on `faq`, which its own room adds."""


@faq.command("lint")
def lint() -> None:
    """Check every entry: links, length, duplicates, figures and their source."""
    from knowledge.faq.figures import FactList
    from knowledge.faq.lint import lint_entries

    entries = load_parts().catalogue.entries
    findings = lint_entries(entries, FactList.load())
    for finding in findings:
        complain(f"{finding.entry_id}: {finding.kind}: {finding.detail}")
    if findings:
        typer.echo(words.LINT_BAD.format(count=len(entries), bad=len(findings)))
        raise typer.Exit(1)
    typer.echo(words.LINT_OK.format(count=len(entries)))


@faq.command("gaps")
def gaps() -> None:
    """List the questions that the FAQ did not answer, most frequent first."""
    from bot.services.faq_desk import gaps as find_gaps
    from knowledge.faq.settings import load_settings as load_settings_of_search
    from knowledge.faq.terms import TermReader

    settings = load_settings()
    reader = TermReader(load_settings_of_search().terms, load_parts(settings).lexicon)
    with open_store(settings) as store, store.transaction() as unit:
        found = find_gaps(unit, reader)
    if not found:
        typer.echo(words.NO_GAPS)
        return
    rows = [
        (str(gap.count), gap.question, ", ".join(gap.policies), gap.last_asked_at.date().isoformat())
        for gap in found
    ]
    print_table("", ("count", "question", "policies", "last asked"), rows)


@faq.command("draft")
def draft(
    entry: Annotated[Path, typer.Argument(help="One entry as a Markdown file.")], actor: ActorOption
) -> None:
    """Keep an entry as a draft for a second look.

    Example: madoguchi faq draft new-entry.md --actor U0123456789
    """
    from bot.clock import system_clock
    from bot.services.faq_desk import write_draft
    from knowledge.faq.entry_file import parse_entry

    settings = load_settings()
    text = "\n".join(_lines(entry))
    parsed = parse_entry(text, str(entry), load_parts(settings).policies.ids)
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.FAQ_EDIT)
        with store.transaction() as unit:
            write_draft(unit, who, parsed, system_clock())
    typer.echo(words.DRAFTED.format(entry=parsed.id))


@faq.command("drafts")
def list_drafts(actor: ActorOption) -> None:
    """List the drafts that wait for a second look."""
    from bot.services.faq_desk import drafts as waiting

    settings = load_settings()
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.FAQ_EDIT)
        with store.transaction() as unit:
            found = waiting(unit, who)
    rows = [(item.entry.id, item.entry.question, item.written_by) for item in found]
    print_table("", ("id", "question", "written by"), rows)


@faq.command("publish")
def publish_draft(entry: Annotated[str, typer.Argument(help="Entry id.")], actor: ActorOption) -> None:
    """Publish a draft after review: it joins your own entries."""
    from bot.clock import system_clock
    from bot.services.faq_desk import publish

    settings = load_settings()
    parts = load_parts(settings)
    with open_store(settings) as store:
        who = permitted(store, settings, actor, Verb.FAQ_EDIT)
        with store.transaction() as unit:
            published = publish(unit, parts.shelve, who, entry, system_clock())
    typer.echo(words.PUBLISHED.format(entry=published.id))


@faq.command("export")
def export_entries(
    target: Annotated[Path, typer.Argument(help="File to write (a folder for markdown).")],
    file_format: FormatOption = Format.CSV,
) -> None:
    """Write every entry, shipped and own, to a file or folder."""
    from knowledge.faq.exchange import CsvEncoding, export_csv, export_jsonl

    entries = load_parts().catalogue.entries
    match file_format:
        case Format.CSV:
            target.write_bytes(export_csv(entries))
        case Format.CSV_CP932:
            target.write_bytes(export_csv(entries, CsvEncoding.CP932))
        case Format.JSONL:
            target.write_text(export_jsonl(entries), encoding="utf-8")
        case Format.MARKDOWN:
            _write_folder(target, entries)
    typer.echo(words.EXPORTED.format(count=len(entries), file=target), err=True)


@faq.command("import")
def import_entries(
    source: Annotated[Path, typer.Argument(help="File to read (a folder for markdown).")],
    file_format: FormatOption = Format.CSV,
) -> None:
    """Take entries into your own folder: all of them or none; shipped entries stay as they are."""
    from knowledge.faq.catalogue import load_catalogue

    settings = load_settings()
    parts = load_parts(settings)
    known = parts.policies.ids
    entries = _read(source, file_format, known)
    shipped = {entry.id for entry in load_catalogue(known_policies=known).entries}
    own = [entry for entry in entries if entry.id not in shipped]
    _write_folder(settings.own_faq, own)
    typer.echo(words.FAQ_WRITTEN.format(count=len(own), folder=settings.own_faq))


@faq.command("evaluate")
def evaluate(
    queries: Annotated[Path, typer.Option("--queries", help='JSON Lines {"query", "relevant": [ids]}.')],
    entries: Annotated[
        Path | None,
        typer.Option("--entries", help='JSON Lines {"id", "question"?, "answer"} (else: FAQ).'),
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="Only queries of this split.")] = None,
    k: Annotated[int, typer.Option("-k", help="Depth of the search.", min=1, max=100)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Measure the search on any corpus: recall@1/3/5/10, MRR, index time, median and p99 query time.

    Example: madoguchi faq evaluate --entries entries.jsonl --queries queries.jsonl
    """
    from time import perf_counter

    from knowledge.faq.queries import read_corpus, read_queries
    from knowledge.faq.retrieval_metrics import metrics_as_dict, outcome_metrics, retrieval_metrics
    from knowledge.faq.search import FaqIndex

    parts = load_parts()
    asked = read_queries(_lines(queries), str(queries))
    wanted = [query for query in asked if split is None or query.split == split]
    corpus = read_corpus(_lines(entries), str(entries)) if entries else parts.catalogue.entries
    lexicon = parts.lexicon
    before = perf_counter()
    index = FaqIndex.build(corpus, lexicon=lexicon)
    seconds = perf_counter() - before
    figures = {"entries": len(corpus), "index_seconds": round(seconds, 3), "k": k}
    figures |= metrics_as_dict(retrieval_metrics(index, wanted))
    if entries is None:
        figures |= metrics_as_dict(outcome_metrics(index, wanted))
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    print_table("", ("figure", "value"), [(name, str(value)) for name, value in figures.items()])


def _read(source: Path, file_format: Format, known: tuple[str, ...]) -> tuple[FaqEntry, ...]:
    from knowledge.faq.catalogue import read_directory
    from knowledge.faq.exchange import import_csv, import_jsonl

    if file_format is Format.MARKDOWN:
        return tuple(entry for entry, _ in read_directory(source, known))
    try:
        data = source.read_bytes()
        if file_format is Format.JSONL:
            return import_jsonl(data.decode("utf-8-sig"), str(source), known)
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(str(source), str(error)) from error
    return import_csv(data, str(source), known)


def _write_folder(folder: Path, entries: tuple[FaqEntry, ...] | list[FaqEntry]) -> None:
    from knowledge.faq.exchange import export_markdown

    for name, text in export_markdown(entries).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(str(path), str(error)) from error
