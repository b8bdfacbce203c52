"""The question put to a policy and its answer, as values; decides nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from classifiers.classification import Signals
from classifiers.labels import Category, Severity


class Scope(StrEnum):
    """Whether the desk deals with it (対応範囲)."""

    IN_SCOPE = "in_scope"
    BEST_EFFORT = "best_effort"
    OUT_OF_SCOPE = "out_of_scope"
    ROUTED = "routed"


class Route(StrEnum):
    """Where a matter goes that this desk does not deal with."""

    CUSTOMER_ADMIN = "customer_admin"
    CONTRACT_HOLDER = "contract_holder"
    CUSTOMER_NETWORK_TEAM = "customer_network_team"
    THIRD_PARTY_VENDOR = "third_party_vendor"
    MS_CONTACT = "ms_contact"
    MS_COMMUNITY = "ms_community"
    MS_SUPPORT_SITE = "ms_support_site"
    OFFICE_APP_SUPPORT = "office_app_support"
    DEVELOPER_RESOURCES = "developer_resources"
    MS_PAID_SUPPORT = "ms_paid_support"
    MS_MIGRATION_SERVICES = "ms_migration_services"
    VLSC = "vlsc"
    CSAM = "csam"
    CONTRACT_RESELLER = "contract_reseller"
    DOMAIN_TRANSFER_SERVICE = "domain_transfer_service"


class Desk(StrEnum):
    """sonpo-cloud's two 窓口."""

    FAULT = "fault"
    TECHNICAL = "technical"


class Asker(StrEnum):
    """Who asks, as far as the contract cares."""

    ADMIN = "admin"
    CONTRACT_HOLDER = "contract_holder"
    END_USER = "end_user"
    STRANGER = "stranger"
    RESELLER = "reseller"


class ResponseKind(StrEnum):
    DURATION = "duration"
    NEXT_BUSINESS_DAY = "next_business_day"
    NONE = "none"


class ResponseClock(StrEnum):
    WALL = "wall"
    BUSINESS = "business"


class Flag(StrEnum):
    """What else staff and customer have to know or do."""

    FILE_VIA_CLOUD_PORTAL = "file_via_cloud_portal"
    CUSTOMER_24X7_REQUIRED = "customer_24x7_required"
    CUSTOMER_SUPPLIES_LOGS = "customer_supplies_logs"
    DOWNGRADE_POSSIBLE = "downgrade_possible"
    ISOLATION_ONLY = "isolation_only"
    DO_ISOLATION_FIRST = "do_isolation_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """Circumstances that no message tells."""

    in_event: bool = False
    incident_closed: bool = False
    staffed_24x7: bool = True
    prerelease: bool = False
    customer_of_customer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """What a policy is asked about. `now` is timezone-aware."""

    severity: Severity
    category: Category
    now: datetime
    asker: Asker = Asker.CONTRACT_HOLDER
    plan: str | None = None
    addons: tuple[str, ...] = ()
    #: A product or matter in any usual spelling, resolved through the lexicon.
    product: str | None = None
    signals: Signals = field(default_factory=Signals)
    context: DecisionContext = field(default_factory=DecisionContext)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstResponse:
    """What was promised for the first answer by a human (初回応答)."""

    kind: ResponseKind
    minutes: int | None = None
    clock: ResponseClock | None = None
    #: Aware instant in JST, or None without a commitment.
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDecision:
    """The contract's answer; a ticket keeps it as given."""

    policy_id: str
    scope: Scope
    clause: str
    #: One Japanese sentence for customer and staff.
    reason: str
    first_response: FirstResponse
    reception_open: bool
    #: The severity in the policy's own words, None where it has no levels.
    severity_label: str | None = None
    route: Route | None = None
    desk: Desk | None = None
    #: When the desk next takes it, if closed at `now`.
    next_open: datetime | None = None
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    #: `document` where the clause says so, `house_rule` where the document is silent.
    basis: str = "document"
    #: Refused, yet history or published facts may be passed on (sonpo-cloud 4-4).
    best_effort_reply: bool = False
