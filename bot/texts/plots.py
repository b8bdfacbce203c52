"""Curves of an evaluation as pictures; needs the extra `report`, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO, StringIO
from typing import Any

from classifiers.curves import Curves, TargetCurves

#: Letters stay letters: small files, and a reader can search them.
_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "madoguchi", "font.size": 9}


def svg_plots(curves: Curves) -> Mapping[str, str]:
    """Return SVG by name (`severity reliability`, `category risk` …); empty without matplotlib."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra that most desks do without
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return {}
    found = {}
    with mpl.rc_context(_STYLE):
        for target in ("severity", "category"):
            for name, draw in _DRAWINGS.items():
                figure = Figure(figsize=(4.2, 3.2), layout="constrained")
                draw(figure.add_subplot(), getattr(curves, target))
                text = StringIO()
                figure.savefig(text, format="svg", metadata={"Date": None})
                found[f"{target} {name}"] = text.getvalue()[text.getvalue().index("<svg") :]
    return found


def png_summary(curves: Curves) -> bytes | None:
    """Return one picture for a chat: reliability and risk of both targets; None without matplotlib."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return None
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    axes = figure.subplots(2, 2)
    for row, target in zip(axes, ("severity", "category"), strict=True):
        for place, draw in zip(row, _DRAWINGS.values(), strict=True):
            draw(place, getattr(curves, target))
            place.set_title(target)
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


def _reliability(axes: Any, curves: TargetCurves) -> None:
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    sure, right = [b.confidence for b in curves.reliability], [b.accuracy for b in curves.reliability]
    axes.plot(sure, right, marker="o", color="#2c6fbb")
    axes.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))


def _risk(axes: Any, curves: TargetCurves) -> None:
    axes.plot(
        [p.coverage for p in curves.risk_coverage],
        [p.risk for p in curves.risk_coverage],
        marker=".",
        color="#b4442c",
    )
    axes.set(xlabel="coverage", ylabel="error", xlim=(0, 1))
    axes.set_ylim(bottom=0)


_DRAWINGS: Mapping[str, Callable[[Any, TargetCurves], None]] = {
    "reliability": _reliability,
    "risk": _risk,
}
