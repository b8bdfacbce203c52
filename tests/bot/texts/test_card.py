"""Why the model said so, in words that staff read."""

from __future__ import annotations

from dataclasses import replace

from bot.extents import STATED_EXTENT
from bot.texts import staff
from bot.texts.message import Context
from bot.traffic import Card
from classifiers.classification import Evidence, RuleHit
from tests.builders import classification, ticket


def test_evidence_and_rules_are_told_in_japanese() -> None:
    found = replace(
        classification(),
        evidence=(
            Evidence(span="全員", start=0, end=2, towards="severity:A", weight=1.0),
            Evidence(span="入れません", start=2, end=7, towards="category:cloud_incident", weight=0.5),
        ),
        rule_hits=(
            RuleHit(rule_id=STATED_EXTENT, effect="severity A -> B", reason=""),
            RuleHit(rule_id="x", effect="category cloud_howto -> cloud_incident", reason="理由"),
        ),
    )
    card = staff.card(Card(ticket=ticket(classification=found)))
    told = "\n".join(part.text for part in card.parts if isinstance(part, Context))
    assert "「全員」→ 重大度 A、「入れません」→ クラウドサービスの障害" in told
    assert "影響している人数をお客様が述べ直したため(重大度 A → 重大度 B、stated-extent)" in told
    assert "理由(クラウドの使い方・仕様 → クラウドサービスの障害、x)" in told
