from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.cues import Cues
from classifiers.datafiles import DATA
from classifiers.errors import DataFileError
from classifiers.reading import Reader


@pytest.mark.parametrize(
    ("text", "cue", "fires"),
    [
        ("全社でメールが使えません", "extent_all", True),
        ("全社ではないです", "extent_all", False),
        ("全社ではないです", "not:extent_all", True),
        ("業務が完全に止まっています", "stopped_work", True),
        ("業務は止まっていません", "not:stopped_work", True),
        ("もしも落ちたらどうなりますか", "hypothetical", True),
        ("取引先のメールが止まったそうです", "others_outage", True),
        ("Edgeでも同じです", "isolation", True),
    ],
)
def test_cues_fire_or_are_negated(reader: Reader, text: str, cue: str, fires: bool) -> None:
    assert (cue in {found.name for found in reader.read(text).cues}) is fires


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("5人です", [("people", 5)]),
        ("百二十名が", [("people", 120)]),
        ("十九名と2拠点", [("people", 19), ("sites", 2)]),
        ("1,200台", [("machines", 1200)]),
        ("３０名", [("people", 30)]),
        ("二〇人", [("people", 20)]),
    ],
)
def test_counts_read_every_way_of_writing_numbers(
    reader: Reader, text: str, counts: list[tuple[str, int]]
) -> None:
    assert [(count.unit, count.number) for count in reader.read(text).counts] == counts


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("[words]", "[wordz]"), "cues.wordz"),
        (("reach = 6", "reach = 0"), "negation.reach"),
        (('signal = "past"', 'signal = "passed"'), "cue.past.signal"),
        (('[cue.smalltalk]\nphrases = ["', '[cue.smalltalk]\nphrases = ["(", "'), "cue"),
        (("[numbers]", "[numbers"), "file"),
        (('[cue.smalltalk]\nphrases = ["', '[cue.smalltalk]\nphrases = ["404 ", "'), "cue.smalltalk.phrases"),
    ],
)
def test_cues_refuse_a_broken_file(tmp_path: Path, change: tuple[str, str], key: str) -> None:
    file = tmp_path / "cues.toml"
    file.write_text((DATA / "cues.toml").read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(DataFileError) as refusal:
        Cues.load(file)
    assert (refusal.value.file, refusal.value.key) == (str(file), key)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("XLOOKUPの戻り値が変です", "word_excel_function"),
        ("FortiGateを入れ替えました", "word_firewall_vpn"),
        ("トナー切れのままです", "word_printer_scanner"),
    ],
)
def test_the_thesaurus_groups_words_that_training_never_met(reader: Reader, text: str, group: str) -> None:
    assert group in {found.name for found in reader.read(text).cues}


@pytest.mark.parametrize(
    ("thesaurus", "key"),
    [
        ('[cue.past]\nphrases = ["\u3042\u3042"]\n', "cue.past"),
        ("[cue.word_x]\nphrases = []\n", "phrases"),
        ('[groups.word_x]\nphrases = ["\u3042\u3042"]\n', "thesaurus.groups"),
    ],
)
def test_a_broken_thesaurus_is_refused(tmp_path: Path, thesaurus: str, key: str) -> None:
    file = tmp_path / "thesaurus.toml"
    file.write_text(thesaurus, encoding="utf-8")
    with pytest.raises(DataFileError) as refusal:
        Cues.load(thesaurus=file)
    assert (refusal.value.file, refusal.value.key) == (str(file), key)
