"""faq: search, look at, check and measure the knowledge base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from bot.cli.context import load_parts, print_table
from bot.cli.jsonl import LineError, answer_lines, text_of
from bot.cli.language import JsonlOption
from bot.errors import NotFound
from bot.texts import cli as words

faq = typer.Typer(help="Search and keep the knowledge base.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.add_typer(faq, name="faq")


@faq.command("search")
def search(
    jsonl: JsonlOption, k: Annotated[int, typer.Option("-k", help="Hits per query.", min=1, max=100)] = 5
) -> None:
    """Search the FAQ, line by line.

    Example: madoguchi faq search --jsonl queries.jsonl -k 3   (lines: {"id": "1", "query": "…"})
    """
    from knowledge.faq.search import faq_result_as_dict

    parts = load_parts()
    index, book = parts.faq, parts.policies

    def answer(record: Mapping[str, Any]) -> Mapping[str, Any]:
        policy = record.get("policy")
        if policy is not None and not isinstance(policy, str):
            raise LineError(words.NOT_TEXT.format(field="policy"))
        if policy is not None:
            book.get(policy)
        return faq_result_as_dict(index.search(text_of(record, "query"), policy, k))

    answer_lines(jsonl, answer)


@faq.command("list")
def list_entries(
    policy: Annotated[str | None, typer.Option("--policy", help="Only this policy's entries.")] = None,
) -> None:
    """List the entries."""
    catalogue = load_parts().catalogue
    entries = catalogue.for_policy(policy) if policy else catalogue.entries
    rows = [(entry.id, entry.question, ", ".join(entry.policies), entry.source) for entry in entries]
    print_table("", ("id", "question", "policies", "source"), rows)


@faq.command("show")
def show(entry: Annotated[str, typer.Argument(help="Entry id.")]) -> None:
    """Show one entry as it is stored."""
    from knowledge.faq.entry_file import render_entry

    found = load_parts().catalogue.get(entry)
    if found is None:
        raise NotFound(entry)
    typer.echo(render_entry(found))
