"""train, evaluate, corpus: making and measuring models on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import complain, load_language, print_table
from bot.errors import InputFileError
from bot.texts import cli as words

if TYPE_CHECKING:
    from classifiers.examples import Example

corpus = typer.Typer(help="Check and count the labelled examples.", no_args_is_help=True)

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Examples (JSON Lines); default: the shipped evaluation set.")
]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", help="Write one HTML file with everything (.json: for machines; .png: curves)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    app.command("train")(train)
    app.command("evaluate")(evaluate)
    app.add_typer(corpus, name="corpus")


def read_data(path: Path) -> tuple[Example, ...]:
    """Return the examples of a file; raises InputFileError or ExampleError."""
    from classifiers.examples import read_examples

    try:
        return read_examples(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(str(path), str(error)) from error


def train(
    data: Annotated[
        Path | None, typer.Option("--data", help="Training examples (default: the shipped corpus).")
    ] = None,
    without_labels: Annotated[
        bool, typer.Option("--no-labels", help="Leave out the labels given at your desk.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same model.")] = 0,
    report: ReportOption = None,
) -> None:
    """Train a challenger on the corpus and the labels of your desk, and hold it against the champion.

    The first model answers at once. A training that was stopped goes on where it was.

    Example: madoguchi train --report report.html && madoguchi models promote
    """
    from bot.cli.training import train_challenger

    train_challenger(data, without_labels=without_labels, seed=seed, report=report)


def evaluate(
    data: DataOption = None,
    model: Annotated[str, typer.Option("--model", help="Model version or alias.")] = "champion",
    as_json: JsonOption = False,
    report: ReportOption = None,
) -> None:
    """Measure a model on labelled examples: accuracy, kappa, critical recall, calibration, coverage.

    Example: madoguchi evaluate --report report.html
    """
    from bot.cli.model_tables import evaluation_tables
    from classifiers.curves import lay_open
    from classifiers.evaluation import baselines, compare
    from classifiers.examples import EVALUATION_FILE

    examples = read_data(data or EVALUATION_FILE)
    if not examples:
        raise InputFileError(str(data), words.EMPTY_FILE)
    classifier = load_language().classifier_of(model)
    verdicts = classifier.classify_many([example.turns for example in examples])
    found = compare(examples, verdicts, baselines(classifier, examples))
    if report is not None:
        from bot.cli.training import write_report

        write_report(report, found, lay_open(examples, verdicts))
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
