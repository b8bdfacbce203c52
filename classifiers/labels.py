"""The words the classifier answers in; what each means stands in data/LABELLING.md."""

from __future__ import annotations

from enum import StrEnum


class Label(StrEnum):
    """A word of an answer; found in tables as fast as its text, which enumerations alone are not."""

    __hash__ = str.__hash__


class Severity(Label):
    """Severity (重大度) of a message, worst first, independent of any contract."""

    CRITICAL = "1"
    A = "A"
    B = "B"
    C = "C"

    @property
    def rank(self) -> int:
        """0 for the worst level, 3 for the mildest."""
        return tuple(Severity).index(self)

    @property
    def critical(self) -> bool:
        """True for the two levels that must never be missed (`1` and `A`)."""
        return self is Severity.CRITICAL or self is Severity.A


class Category(Label):
    """What the asker wants dealt with; exactly one per conversation."""

    CLOUD_INCIDENT = "cloud_incident"
    CLOUD_HOWTO = "cloud_howto"
    ACCOUNT_ADMIN = "account_admin"
    CLIENT_SETUP = "client_setup"
    CLIENT_TROUBLE = "client_trouble"
    APP_USAGE = "app_usage"
    OS_DEVICE = "os_device"
    BILLING_CONTRACT = "billing_contract"
    PRESALES = "presales"
    MIGRATION = "migration"
    CUSTOMER_NETWORK = "customer_network"
    THIRD_PARTY = "third_party"
    CUSTOMIZATION_DEV = "customization_dev"
    PERFORMANCE_TUNING = "performance_tuning"
    ROOT_CAUSE = "root_cause"
    SECURITY_INCIDENT = "security_incident"
    OPS_CONSULTING = "ops_consulting"
    SMALLTALK = "smalltalk"


class Extent(Label):
    """How many people are affected (影響範囲)."""

    SINGLE = "single"
    FEW = "few"
    MANY = "many"
    ALL = "all"
    UNKNOWN = "unknown"
