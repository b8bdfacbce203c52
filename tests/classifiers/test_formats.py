from __future__ import annotations

import json

import pytest

from classifiers.errors import ExampleError
from classifiers.formats import Format, LabelItem, read_items, write_items
from classifiers.labels import Category, Severity

GUESS = (Severity.B, Category.CLOUD_HOWTO)
LABELLED = LabelItem(
    id=7, text="メールが\n送れません", severity=Severity.A, category=Category.CLOUD_INCIDENT, guess=GUESS
)
BARE = LabelItem(id=8, text="表示が変です", severity=None, category=None, guess=GUESS, confidence=0.4)


@pytest.mark.parametrize("kind", Format)
def test_labels_written_come_back(kind: Format) -> None:
    (item, *_) = read_items(kind, "x", write_items(kind, [LABELLED]))
    assert (item.id, item.text, item.severity, item.category) == (
        LABELLED.id,
        LABELLED.text,
        LABELLED.severity,
        LABELLED.category,
    )


@pytest.mark.parametrize("kind", [Format.JSONL, Format.LABEL_STUDIO, Format.PRODIGY])
def test_what_nobody_labelled_comes_back_as_nothing(kind: Format) -> None:
    assert read_items(kind, "x", write_items(kind, [BARE])) == ()


def test_label_studio_gets_the_models_verdict_as_prediction() -> None:
    (task,) = json.loads(write_items(Format.LABEL_STUDIO, [BARE]))
    (prediction,) = task["predictions"]
    assert (prediction["score"], [part["value"]["choices"] for part in prediction["result"]]) == (
        0.4,
        [["B"], ["cloud_howto"]],
    )


#: Files as the tools write them after somebody has worked with them.
FOREIGN = {
    Format.DOCCANO: '{"id": 1, "text": "a", "label": ["A"], "madoguchi_id": 7, "Comments": []}',
    Format.PRODIGY: (
        '{"text": "a", "label": "A", "answer": "accept", "meta": {"id": 7}, "_annotator_id": "suzuki"}\n'
        '{"text": "b", "label": "B", "answer": "reject", "meta": {"id": 8}}'
    ),
    Format.LABEL_STUDIO: json.dumps(
        [
            {
                "id": 1,
                "data": {"text": "a", "madoguchi_id": 7},
                "annotations": [
                    {
                        "completed_by": {"email": "suzuki@example.jp"},
                        "result": [{"from_name": "severity", "value": {"choices": ["A"]}}],
                    }
                ],
            },
            {"id": 2, "data": {"text": "b"}, "annotations": [{"was_cancelled": True, "result": []}]},
        ]
    ),
    Format.JSONL: '\n{"id": 7, "text": "a", "severity": "A"}\n\n{"id": 8, "text": "b"}\n',
}


@pytest.mark.parametrize("kind", Format)
def test_files_of_the_tools_are_read(kind: Format) -> None:
    (item,) = read_items(kind, "x", FOREIGN[kind])
    assert (item.id, item.text, item.severity, item.category) == (7, "a", Severity.A, None)


@pytest.mark.parametrize(
    ("kind", "text", "line", "reason"),
    [
        (Format.JSONL, '{"id": 1, "text": "a", "severity": "X"}', 1, "unknown label 'X'"),
        (Format.JSONL, '\n{"text": "a", "severity"', 2, "Expecting ':' delimiter"),
        (Format.JSONL, '{"severity": "A"}', 1, "'text' is missing"),
        (Format.JSONL, '{"id": "x1", "text": "a", "severity": "A"}', 1, "id 'x1' is no number of ours"),
        (Format.JSONL, '{"id": 1, "text": " ", "severity": "A"}', 1, "text must be a text that is not blank"),
        (Format.DOCCANO, '{"text": "a", "label": ["A", "B"]}', 1, "two labels of one kind"),
        (Format.PRODIGY, "[1]", 1, "an object is needed here"),
        (Format.LABEL_STUDIO, "[", 1, "Expecting value"),
        (Format.LABEL_STUDIO, '[{"data": {}, "annotations": [{"result": [{}]}]}]', 1, "'value' is missing"),
    ],
)
def test_a_file_that_cannot_be_used_names_its_line(kind: Format, text: str, line: int, reason: str) -> None:
    with pytest.raises(ExampleError) as error:
        read_items(kind, "x.jsonl", text)
    assert (error.value.file, error.value.line) == ("x.jsonl", line)
    assert error.value.reason.startswith(reason)
