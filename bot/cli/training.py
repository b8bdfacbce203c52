"""The training at the terminal: progress with an estimate, what came of it, the report."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from bot.cli.context import errors, open_store
from bot.clock import system_clock
from bot.errors import InputFileError
from bot.services import labels
from bot.services.training import retrain
from bot.services.workshop import Workshop
from bot.settings import load_settings
from bot.texts import models as words
from bot.texts.masking import mask
from bot.texts.plots import png_summary, svg_plots
from bot.texts.report import html
from classifiers.comparison import Comparison
from classifiers.curves import Curves
from classifiers.evaluation import Evaluation
from classifiers.examples import EXAMPLES_FILE
from classifiers.gates import Objection


def train_challenger(data: Path | None, *, without_labels: bool, seed: int, report: Path | None) -> None:
    """Train with progress on standard error; a stopped training keeps its finished stages."""
    settings = load_settings()
    with open_store(settings) as store, store.transaction() as unit:
        labels.collect(unit)
        labels.fill(unit, mask, system_clock())
        given = () if without_labels else labels.examples(unit)
    try:
        shop = Workshop.open(settings.models, corpus=data or EXAMPLES_FILE)
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(str(data), str(error)) from error
    found = retrain(shop, given, now=system_clock(), seed=seed, progress=Estimate())
    typer.echo(words.result(found))
    if report is not None:
        write_report(
            report,
            found.measured.evaluation,
            found.measured.curves,
            comparison=found.comparison,
            objections=found.objections,
        )


def write_report(
    file: Path,
    evaluation: Evaluation,
    curves: Curves,
    *,
    comparison: Comparison | None = None,
    objections: Sequence[Objection] = (),
) -> None:
    """Write the report by its name: HTML, .json, or .png for the curves alone. Raises InputFileError."""
    try:
        if file.suffix == ".json":
            found: dict[str, Any] = {"evaluation": evaluation.to_json(), "curves": curves.to_json()}
            found["comparison"] = comparison.to_json() if comparison else None
            found["objections"] = [asdict(each) for each in objections]
            file.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
        elif file.suffix == ".png":
            picture = png_summary(curves)
            if picture is None:
                raise InputFileError(str(file), words.NO_PLOTS)
            file.write_bytes(picture)
        else:
            page = html(
                evaluation, curves, comparison=comparison, objections=objections, plots=svg_plots(curves)
            )
            file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputFileError(str(file), error.strerror or str(error)) from error
    typer.echo(words.SAVED_REPORT.format(file=file), err=True)


class Estimate:
    """Shows each stage with the share done and how long it will still take, on standard error."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, stage: str, share: float) -> None:
        spent = time.monotonic() - self._begun
        left = f"{words.REMAINING.format(seconds=round(spent / share * (1 - share)))}" if share > 0.1 else ""
        line = f"  {share:4.0%} {words.STAGE.get(stage, stage)} {left}"
        if errors().is_terminal:
            errors().print(f"{line:<60}", end="\r" if share < 1 else "\n")
        else:
            errors().print(line.rstrip())
