"""train, evaluate, corpus, models: the admin's loop on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import complain, load_parts, print_table
from bot.errors import InputFileError
from bot.texts import cli as words

if TYPE_CHECKING:
    from classifiers.examples import Example

corpus = typer.Typer(help="Check and count the labelled examples.", no_args_is_help=True)
models = typer.Typer(help="Look at model versions; promote and roll back.", no_args_is_help=True)

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Examples (JSON Lines); default: the shipped evaluation set.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("train")(train)
    app.command("evaluate")(evaluate)
    app.add_typer(corpus, name="corpus")
    app.add_typer(models, name="models")


def read_data(path: Path) -> tuple[Example, ...]:
    """Return the examples of a file; raises InputFileError or ExampleError."""
    from classifiers.examples import read_examples

    try:
        return read_examples(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(str(path), str(error)) from error


def train() -> None:
    """Train a model on the shipped corpus; the first one answers at once, later ones are challengers.

    Example: madoguchi train && madoguchi evaluate --model challenger
    """
    typer.echo(words.TRAINED.format(version=load_parts().train()))


def evaluate(
    data: DataOption = None,
    model: Annotated[str, typer.Option("--model", help="Model version or alias.")] = "champion",
    as_json: JsonOption = False,
) -> None:
    """Measure a model on labelled examples: accuracy, kappa, critical recall, calibration, coverage.

    Example: madoguchi evaluate --json
    """
    from bot.cli.model_tables import evaluation_tables
    from classifiers.evaluation import evaluate as measure
    from classifiers.examples import EVALUATION_FILE

    examples = read_data(data or EVALUATION_FILE)
    if not examples:
        raise InputFileError(str(data), words.EMPTY_FILE)
    found = measure(load_parts().classifier_of(model), examples)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for title, columns, rows in evaluation_tables(found):
        print_table(title, columns, rows)


@corpus.command("check")
def check(
    training: Annotated[Path | None, typer.Option("--train", help="Training examples.")] = None,
    data: DataOption = None,
) -> None:
    """Check the corpus: unknown labels, duplicates, contradictions, and leaks into the evaluation set."""
    from classifiers.corpus import check as find_problems
    from classifiers.corpus import leaks
    from classifiers.examples import EVALUATION_FILE, EXAMPLES_FILE

    learned, held_out = read_data(training or EXAMPLES_FILE), read_data(data or EVALUATION_FILE)
    problems = [*find_problems(learned), *find_problems(held_out), *leaks(learned, held_out)]
    for problem in problems:
        complain(f"{problem.kind}: {problem.first} {problem.second or ''} {problem.detail}")
    typer.echo(words.CORPUS_CHECKED.format(train=len(learned), held_out=len(held_out), count=len(problems)))
    if problems:
        raise typer.Exit(1)


@corpus.command("stats")
def stats(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Count labels, voices and hardness (default: the shipped training corpus)."""
    from bot.cli.model_tables import stats_tables
    from classifiers.corpus import stats as count
    from classifiers.examples import EXAMPLES_FILE

    found = count(read_data(data or EXAMPLES_FILE))
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for title, columns, rows in stats_tables(found):
        print_table(title, columns, rows)


@models.command("list")
def list_models() -> None:
    """List the model versions with their aliases."""
    found = load_parts().registry.versions()
    rows = [
        (version.id, ", ".join(version.aliases), version.trained_at.isoformat(timespec="minutes"))
        for version in found
    ]
    print_table("", ("version", "aliases", "trained at"), rows)
