"""decide, policies: what the contracts promise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.context import complain, load_parts, print_table
from bot.cli.jsonl import answer_lines
from bot.cli.language import JsonlOption
from bot.texts import cli as words

policies = typer.Typer(help="Look at the policy packs, and check your own.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("decide")(decide)
    app.add_typer(policies, name="policies")


def decide(jsonl: JsonlOption) -> None:
    """Ask a policy: scope, clause, desk and first-response due.

    Example: madoguchi decide --jsonl cases.jsonl
    """
    from knowledge.policies.records import decision_as_dict, request_from_dict

    book = load_parts().policies

    def answer(record: Mapping[str, Any]) -> Mapping[str, Any]:
        policy_id, request = request_from_dict(record, book)
        return decision_as_dict(book.decide(policy_id, request))

    answer_lines(jsonl, answer)


@policies.command("list")
def list_policies() -> None:
    """List the policies in force."""
    rows = [
        (policy.id, policy.name, str(policy.effective_from), ", ".join(policy.plan_ids))
        for policy in load_parts().policies.policies
    ]
    print_table("", ("id", "name", "effective from", "plans"), rows)


@policies.command("show")
def show(policy: Annotated[str, typer.Argument(help="Policy id, e.g. synnex-csp.")]) -> None:
    """Show a policy: severity names, who may ask, desks, isolation steps, scope per category."""
    from bot.cli.policy_tables import overview

    book = load_parts().policies
    for title, columns, rows in overview(book.get(policy)):
        print_table(title, columns, rows)


@policies.command("check")
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Packs to check (default: all in force).")
    ] = None,
) -> None:
    """Check packs: every category, plan x severity and clause; names file, key and reason."""
    from knowledge.policies.packs import SHIPPED, check_pack

    bad = 0
    for file in files or sorted(SHIPPED.glob("*.toml")):
        problems = check_pack(file)
        bad += len(problems)
        for problem in problems:
            complain(problem)
        if not problems:
            typer.echo(words.PACK_OK.format(file=file.name))
    if bad:
        raise typer.Exit(1)


@policies.command("explain")
def explain(
    policy: Annotated[str, typer.Option("--policy", help="Policy id.")],
    category: Annotated[str, typer.Option("--category", help="Category id.")],
    plan: Annotated[str | None, typer.Option("--plan", help="Plan id.")] = None,
) -> None:
    """Show every rule of a policy that can decide a category, in the order it is asked.

    Example: madoguchi policies explain --policy sonpo-cloud --category account_admin
    """
    from bot.cli.policy_tables import explanation_rows
    from classifiers.labels import Category
    from knowledge.errors import DecisionInputError
    from knowledge.policies.explain import explain as explain_rules

    if category not in set(Category):
        raise DecisionInputError("category", ", ".join(Category))
    found = explain_rules(load_parts().policies.get(policy), Category(category), plan)
    print_table(
        f"{policy} / {category}", ("rule", "stage", "when", "verdict", "clause"), explanation_rows(found)
    )


@policies.command("replay")
def replay(
    before: Annotated[Path, typer.Option("--before", help="Folder with the packs as they are.")],
    after: Annotated[Path, typer.Option("--after", help="Folder with the edited packs.")],
    jsonl: JsonlOption,
) -> None:
    """Show which verdicts an edit would change, for the questions in FILE (as `decide` reads them)."""
    from bot.cli.jsonl import records
    from knowledge.policies.explain import replay as compare
    from knowledge.policies.packs import PolicyBook

    differences = compare(PolicyBook.load([before]), PolicyBook.load([after]), records(jsonl))
    for difference in differences:
        fields = {
            name: {"before": difference.before.get(name), "after": difference.after.get(name)}
            for name in difference.fields
        }
        line = {"id": difference.id, "line": difference.line, "changed": fields}
        typer.echo(json.dumps(line, ensure_ascii=False))
