"""Builders of values and of a whole desk with a fixed brain: fast, without model and without network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot.authorisation import Role
from bot.clock import JST
from bot.console.gateway import ConsoleGateway
from bot.console.session import Session
from bot.dialogue.events import Said
from bot.ports import DeskConfiguration, PolicyTexts
from bot.services.administration import Administration, PolicyInForce
from bot.services.desk import Desk
from bot.services.faq_desk import FaqKeeping
from bot.services.health import Queues, Vitals
from bot.storage.sqlite.store import SqliteStore
from bot.texts.masking import mask
from bot.tickets.ticket import ContractIdentity, Ticket, TicketKind, TicketStatus
from bot.traffic import Address, Inbound, InboundEvent, Sender
from bot.triage import Brain, Triage, next_step
from classifiers.classification import Classification, Prediction, Signals
from classifiers.labels import Category, Extent, Severity
from classifiers.registry import Registry
from classifiers.text.lexicon import Lexicon
from knowledge.contracts.contract import Contract, Identification, IdentificationStatus
from knowledge.contracts.identification import in_force
from knowledge.faq.entry import FaqEntry, FaqHit, FaqOutcome, FaqResult
from knowledge.faq.settings import load_settings
from knowledge.faq.terms import TermReader
from knowledge.policies.decision import (
    DecisionRequest,
    FirstResponse,
    PolicyDecision,
    ResponseClock,
    ResponseKind,
    Route,
    Scope,
)

#: Friday afternoon.
NOW = datetime(2026, 11, 20, 16, 30, tzinfo=JST)
CUSTOMER = Sender(id="U-CUSTOMER", name="田中")
STAFF = Sender(id="U-STAFF", name="鈴木")
SECOND = Sender(id="U-SECOND", name="佐藤")
ADMIN = Sender(id="U-ADMIN", name="高橋")
OUTSIDER = Sender(id="U-OUTSIDER", name="客人")
STEPS = ("ほかの端末で試す", "Web版で試す")
RULE = "管理者の方がお問い合わせできます。"
POINTER = "社内のネットワーク担当"
ENTRY = FaqEntry(
    id="reset-password",
    question="パスワードを再発行するには?",
    answer="管理者がサポートサイトから申請します。",
    policies=("p",),
    source="p 1.2",
)
OTHER_ENTRY = FaqEntry(
    id="hours", question="受付時間は?", answer="平日9時から17時です。", policies=("p",), source="p 2.1"
)
CONTRACT = Contract(number="P100200", holder="株式会社あおば商事", policy_id="p", plan="basic")
OTHER_CONTRACT = Contract(number="P300400", holder="有限会社みどり", policy_id="p")
EXPIRED_CONTRACT = Contract(
    number="P500600", holder="合同会社ふるい", policy_id="p", valid_until=(NOW - timedelta(days=1)).date()
)
VERIFIED = Identification(status=IdentificationStatus.VERIFIED, contract=CONTRACT, similarity=1.0)
#: What a form holds that fits CONTRACT.
RIGHT_FORM = {"holder": "(株)あおば商事", "number": "p-100200"}
WRONG_FORM = {"holder": "株式会社知らない", "number": "P100200"}


# --- values --------------------------------------------------------------------------------------


def prediction(label: Any, *, abstained: bool = False, confidence: float = 0.9) -> Prediction[Any]:
    """A prediction of `label` (a Severity or a Category); the rest goes to the runner-up."""
    others = [other for other in type(label) if other is not label]
    probabilities = {label: confidence, others[0]: 1 - confidence} | dict.fromkeys(others[1:], 0.0)
    return Prediction(
        label=label,
        confidence=confidence,
        runner_up=others[0],
        margin=2 * confidence - 1,
        probabilities=probabilities,
        abstained=abstained,
    )


def classification(
    severity: Severity = Severity.B,
    category: Category = Category.CLOUD_INCIDENT,
    *,
    severity_abstained: bool = False,
    category_abstained: bool = False,
    missing: tuple[str, ...] = (),
    **signals: Any,
) -> Classification:
    """What was understood; `signals` are fields of Signals (an extent of `many` unless told)."""
    return Classification(
        severity=prediction(severity, abstained=severity_abstained),
        category=prediction(category, abstained=category_abstained),
        signals=Signals(**{"extent": Extent.MANY, "ongoing": True, **signals}),
        missing=missing,
        model_version="test.1",
    )


def faq(outcome: FaqOutcome = FaqOutcome.SILENT, *entries: FaqEntry) -> FaqResult:
    confidence = {FaqOutcome.ANSWER: 0.95, FaqOutcome.SUGGEST: 0.5, FaqOutcome.SILENT: 0.1}[outcome]
    return FaqResult(
        outcome=outcome,
        confidence=confidence,
        hits=tuple(FaqHit(entry=entry, score=confidence) for entry in entries),
    )


def decision(scope: Scope = Scope.IN_SCOPE, *, minutes: int = 60, **changes: Any) -> PolicyDecision:
    promise = FirstResponse(
        kind=ResponseKind.DURATION,
        minutes=minutes,
        clock=ResponseClock.WALL,
        due=NOW + timedelta(minutes=minutes),
    )
    fields: dict[str, Any] = {
        "policy_id": "p",
        "scope": scope,
        "clause": "3.3",
        "reason": "クラウドの障害は対象です。",
        "first_response": promise,
        "reception_open": True,
        "severity_label": "重大",
        **changes,
    }
    return PolicyDecision(**fields)


def triaged(
    found: Classification | None = None,
    result: FaqResult | None = None,
    decided: PolicyDecision | None = None,
) -> Triage:
    """The triage that these three answers make together."""
    found, result = found or classification(), result or faq()
    return Triage(classification=found, faq=result, decision=decided, next=next_step(found, result, decided))


def ticket(**changes: Any) -> Ticket:
    found = classification()
    fields: dict[str, Any] = {
        "id": "M-00001",
        "kind": TicketKind.INCIDENT,
        "status": TicketStatus.AWAITING_APPROVAL,
        "severity": found.severity.label,
        "category": found.category.label,
        "summary": "メールが送れません",
        "description": "メールが送れません",
        "contract": ContractIdentity(
            holder=CONTRACT.holder, number=CONTRACT.masked_number, policy_id="p", key="key-1"
        ),
        "reporter": CUSTOMER.id,
        "reporter_name": CUSTOMER.name,
        "conversation_id": "C1/1",
        "created_at": NOW,
        "decision": decision(),
        "classification": found,
        "source_key": "m1",
        **changes,
    }
    return Ticket(**fields)


def inbound(
    event: InboundEvent | str, *, key: str = "m1", conversation: str = "C1/1", sender: Sender = CUSTOMER
) -> Inbound:
    """Something that came in; a text is something said."""
    return Inbound(
        key=key,
        conversation_id=conversation,
        address=Address(channel="C1", thread="1"),
        sender=sender,
        event=Said(text=event) if isinstance(event, str) else event,
        received_at=NOW,
    )


# --- a desk --------------------------------------------------------------------------------------


#: Every store of a world; closed after the test (tests/conftest.py).
OPENED: list[SqliteStore] = []


class SettableClock:
    """Tells the instant it was set to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Roles:
    """A directory whose roles can be changed between two actions, or that cannot be read."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.of = {
            CUSTOMER.id: frozenset({Role.CUSTOMER}),
            STAFF.id: frozenset({Role.STAFF}),
            SECOND.id: frozenset({Role.STAFF}),
            ADMIN.id: frozenset({Role.STAFF, Role.ADMIN}),
            OUTSIDER.id: frozenset({Role.OUTSIDER}),
        }

    def roles(self, user_id: str) -> frozenset[Role]:
        if self.failure is not None:
            raise self.failure
        return self.of.get(user_id, frozenset({Role.CUSTOMER}))


@dataclass(slots=True, kw_only=True)
class Answers:
    """What the brain says; tests set it, also between two messages."""

    classification: Classification = field(default_factory=classification)
    faq: FaqResult = field(default_factory=faq)
    decision: PolicyDecision = field(default_factory=decision)
    #: What a turn says by itself; a turn that is not here says nothing.
    signals: dict[str, Signals] = field(default_factory=dict)
    #: Every request a policy was asked, oldest first.
    requests: list[DecisionRequest] = field(default_factory=list)
    #: Raised instead of a classification.
    failure: Exception | None = None

    def classify(self, turns: Sequence[str]) -> Classification:
        if self.failure is not None:
            raise self.failure
        return self.classification

    def read(self, turn: str) -> Signals:
        return self.signals.get(turn, Signals())

    def search(self, query: str, policy_id: str | None) -> FaqResult:
        return self.faq

    def decide(self, policy_id: str, request: DecisionRequest) -> PolicyDecision:
        self.requests.append(request)
        return self.decision

    def brain(self) -> Brain:
        return Brain(classify=self.classify, read=self.read, search=self.search, decide=self.decide)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A desk and everything a test may turn."""

    desk: Desk
    store: SqliteStore
    clock: SettableClock
    roles: Roles
    answers: Answers


def policy_texts(policy_id: str) -> PolicyTexts:
    return PolicyTexts(
        name=f"policy {policy_id}",
        rule=RULE,
        isolation_steps=STEPS,
        pointers={Route.CUSTOMER_NETWORK_TEAM: POINTER},
    )


@cache
def term_reader() -> TermReader:
    """Reads questions as the desk does."""
    return TermReader(load_settings().terms, Lexicon.load())


def world(
    *,
    store: SqliteStore | None = None,
    answers: Answers | None = None,
    contracts: Sequence[Contract] = (CONTRACT, OTHER_CONTRACT, EXPIRED_CONTRACT),
    default_policy: str | None = "p",
    second_approver: bool = False,
) -> World:
    """A desk on an empty database with contracts, people of every role and a fixed brain."""
    store = store or SqliteStore.in_memory()
    OPENED.append(store)
    with store.transaction() as unit:
        unit.contracts.upsert(contracts)
    answers, clock, roles = answers or Answers(), SettableClock(), Roles()
    entries = {entry.id: entry for entry in (ENTRY, OTHER_ENTRY)}

    def shelf(entry: FaqEntry) -> None:
        entries[entry.id] = entry

    find: Callable[[str], FaqEntry | None] = entries.get
    desk = Desk(
        store=store,
        brain=answers.brain(),
        directory=roles,
        clock=clock,
        policy_texts=policy_texts,
        faq_entry=find,
        faq_keeping=FaqKeeping(shelf=shelf, policies=("p",), terms=term_reader),
        in_force=lambda contract, now: in_force(contract, now.astimezone(JST).date()),
        mask=mask,
        configuration=DeskConfiguration(default_policy=default_policy, second_approver=second_approver),
    )
    return World(desk=desk, store=store, clock=clock, roles=roles, answers=answers)


def administration(registry: Registry) -> Administration:
    """What admins see and steer, with a registry of models and nothing else that is real."""
    waiting = Queues(inbox=0, inbox_since=None, outbox=0, outbox_since=None, dead=0)
    return Administration(
        registry=registry,
        vitals=lambda _unit: Vitals(now=NOW, heartbeat=None, queues=waiting, disk_free=9_000, model=None),
        policies=lambda: (PolicyInForce(id="p", effective_from=None),),
        unknown=lambda _text: 0.1,
    )


def session(made: World, *, name: str = "1") -> Session:
    """A conversation in a terminal that is not there."""
    return Session(made.desk, ConsoleGateway(), customer=CUSTOMER, staff_member=STAFF, name=name)
