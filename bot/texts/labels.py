"""Names of labels, states and times as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.clock import JST
from bot.dialogue.state import Slot
from bot.extents import STATED_EXTENT
from bot.tickets.lifecycle import Move
from bot.tickets.rules import Unfit
from bot.tickets.ticket import CloseReason, TicketKind, TicketStatus
from classifiers.classification import RuleHit
from classifiers.labels import Category, Extent, Severity
from knowledge.policies.decision import Desk, FirstResponse, PolicyDecision, ResponseKind, Scope

_WEEKDAYS = "月火水木金土日"

SEVERITY: Mapping[Severity, str] = {
    Severity.CRITICAL: "最重要(業務停止)",
    Severity.A: "重大",
    Severity.B: "中程度",
    Severity.C: "軽微・ご質問",
}

CATEGORY: Mapping[Category, str] = {
    Category.CLOUD_INCIDENT: "クラウドサービスの障害",
    Category.CLOUD_HOWTO: "クラウドの使い方・仕様",
    Category.ACCOUNT_ADMIN: "アカウントの依頼",
    Category.CLIENT_SETUP: "アプリの導入・初期設定",
    Category.CLIENT_TROUBLE: "アプリの不具合",
    Category.APP_USAGE: "Officeソフトの操作",
    Category.OS_DEVICE: "パソコン・端末・OS",
    Category.BILLING_CONTRACT: "契約・請求",
    Category.PRESALES: "ご購入前の相談",
    Category.MIGRATION: "移行・導入作業",
    Category.CUSTOMER_NETWORK: "お客様側のネットワーク",
    Category.THIRD_PARTY: "他社製品・他社サービス",
    Category.CUSTOMIZATION_DEV: "開発・カスタマイズ",
    Category.PERFORMANCE_TUNING: "性能・速度の改善",
    Category.ROOT_CAUSE: "原因調査・報告書",
    Category.SECURITY_INCIDENT: "セキュリティ",
    Category.OPS_CONSULTING: "運用の相談",
    Category.SMALLTALK: "あいさつ・雑談",
}

EXTENT: Mapping[Extent, str] = {
    Extent.SINGLE: "1人",
    Extent.FEW: "数人",
    Extent.MANY: "多数(部署・拠点)",
    Extent.ALL: "全員",
    Extent.UNKNOWN: "未確認",
}

#: Reasons of the rules that stand in no rule file.
_RULES: Mapping[str, str] = {STATED_EXTENT: "影響している人数をお客様が述べ直したため"}

SCOPE: Mapping[Scope, str] = {
    Scope.IN_SCOPE: "サポート対象",
    Scope.BEST_EFFORT: "ベストエフォート(回答のお約束なし)",
    Scope.OUT_OF_SCOPE: "サポート対象外",
    Scope.ROUTED: "別の窓口のご案内",
}

DESK: Mapping[Desk, str] = {Desk.FAULT: "障害受付窓口", Desk.TECHNICAL: "技術お問い合わせ窓口"}

STATUS: Mapping[TicketStatus, str] = {
    TicketStatus.AWAITING_APPROVAL: "承認待ち",
    TicketStatus.ASKED_BACK: "お客様へ確認中",
    TicketStatus.OPEN: "受付済み",
    TicketStatus.IN_PROGRESS: "対応中",
    TicketStatus.WAITING_CUSTOMER: "お客様回答待ち",
    TicketStatus.RESOLVED: "解決済み",
    TicketStatus.CLOSED: "完了",
    TicketStatus.REJECTED: "却下",
    TicketStatus.MERGED: "統合済み",
}

KIND: Mapping[TicketKind, str] = {
    TicketKind.INCIDENT: "障害",
    TicketKind.SERVICE_REQUEST: "依頼",
    TicketKind.QUESTION: "質問",
}

MOVE: Mapping[Move, str] = {
    Move.APPROVE: "承認",
    Move.ASK_BACK: "質問",
    Move.REJECT: "却下",
    Move.ADD_INFORMATION: "追加情報",
    Move.TAKE: "引き取り",
    Move.ASSIGN: "担当割り当て",
    Move.NOTE: "社内メモ",
    Move.ANSWER: "回答",
    Move.WAIT: "お客様回答待ち",
    Move.RESUME: "対応再開",
    Move.CHANGE_SEVERITY: "重大度の変更",
    Move.RESOLVE: "解決",
    Move.CLOSE: "完了",
    Move.REOPEN: "再開",
    Move.MERGE: "統合",
    Move.REQUEST_RCA: "原因調査の要請",
}

CLOSE_REASON: Mapping[CloseReason, str] = {
    CloseReason.SOLVED: "解決した",
    CloseReason.WORKAROUND: "回避策で利用できる",
    CloseReason.NO_OUTAGE: "サービス断は起きていない",
    CloseReason.NO_REPLY: "お客様からご回答がない",
    CloseReason.WITHDRAWN: "お客様が取り下げた",
}

#: Why a move cannot be made like this.
UNFIT: Mapping[Unfit, str] = {
    Unfit.TEXT_MISSING: "文章を入力してください。",
    Unfit.ASSIGNEE: "担当者の役割を持つ人を選んでください。",
    Unfit.TARGET: "統合先は、対応が続いているほかの受付から選んでください。",
    Unfit.CLOSE_REASON: "この窓口の規定にある完了の理由を選んでください。",
    Unfit.SEVERITY: "今と違う重大度を選んでください。",
    Unfit.REOPEN_OVER: "再開できる期間を過ぎています。新しいお問い合わせとして受け付けてください。",
    Unfit.RCA_TWICE: "原因調査はすでに要請されています。",
}

QUESTION: Mapping[Slot, str] = {
    Slot.DETAIL: "もう少し詳しく教えてください。何をしたときに、どうなりましたか。",
    Slot.EXTENT: "影響を受けているのは、どのくらいの人数ですか。",
    Slot.STARTED_AT: "いつごろからですか。",
    Slot.PRODUCT: "どのサービスやアプリのことですか。",
    Slot.CATEGORY: "どれに近いお問い合わせですか。",
    Slot.ISOLATION: "ほかの方法でも試しましたか。",
}

#: The phrase a button stands for becomes the customer's own words.
EXTENT_CHOICES: tuple[tuple[str, str], ...] = (
    ("自分だけ", "影響しているのは自分だけです"),
    ("数人", "影響しているのは数人です"),
    ("部署・拠点の多数", "部署の多数の人に影響しています"),
    ("全員", "社内の全員に影響しています"),
)
STARTED_CHOICES: tuple[tuple[str, str], ...] = (
    ("たった今", "たった今からです"),
    ("今日", "今日からです"),
    ("昨日以前", "昨日より前からです"),
)


def absolute(instant: datetime) -> str:
    """Return an instant as JST date with weekday and time."""
    local = instant.astimezone(JST)
    day = f"{local.month}月{local.day}日({_WEEKDAYS[local.weekday()]})"
    return f"{day} {local.hour}:{local.minute:02d}"


def severity(level: Severity, decision: PolicyDecision | None) -> str:
    """Return the severity in the policy's own words, else in ours; sonpo-cloud has a desk instead."""
    if decision is not None and decision.severity_label:
        return decision.severity_label
    return SEVERITY[level]


def scope(decision: PolicyDecision) -> str:
    """Return the scope with its clause."""
    return f"{SCOPE[decision.scope]}(根拠: {decision.clause})"


def first_response(promise: FirstResponse) -> str:
    """Return by when a human answers first, as absolute JST time."""
    if promise.kind is ResponseKind.NONE or promise.due is None:
        return "期限のお約束はありません(受付順に対応します)"
    return f"{absolute(promise.due)} まで(日本時間)"


def rule_reason(hit: RuleHit) -> str:
    """Return why a rule fired."""
    return hit.reason or _RULES.get(hit.rule_id, "")


def towards(told: str) -> str:
    """Return what a word of the evidence speaks for, such as `severity:A`."""
    target, _, label = told.partition(":")
    if target == "severity":
        return f"重大度 {label}"
    return CATEGORY[Category(label)] if target == "category" and label in set(Category) else told


def effect(hit: RuleHit) -> str:
    """Return what a rule changed, such as `severity A -> B`, with the rule's own name."""
    target, _, change = hit.effect.partition(" ")
    before, arrow, after = change.partition(" -> ")
    if not arrow or target not in ("severity", "category"):
        return f"{hit.effect}、{hit.rule_id}"
    return f"{towards(f'{target}:{before}')} → {towards(f'{target}:{after}')}、{hit.rule_id}"
