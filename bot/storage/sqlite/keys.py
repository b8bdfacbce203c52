"""The two secrets beside the database: the audit chain's key and the pepper of customer numbers."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StoreError
from knowledge.contracts.contract import masked

#: File names; neither is ever part of a backup.
AUDIT, PEPPER = "audit.key", "identity.key"
_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What turns rows into seals and numbers into opaque ids. Never printed, never stored in a table."""

    audit: bytes
    pepper: bytes

    @classmethod
    def beside(cls, database: Path) -> Keys:
        """Read both files beside the database, making them (mode 0600) where there are none yet.

        Raises StoreError where somebody else may read one, or where it is cut short.
        """
        return cls(audit=_secret(database.with_name(AUDIT)), pepper=_secret(database.with_name(PEPPER)))

    @classmethod
    def fresh(cls) -> Keys:
        return cls(audit=secrets.token_bytes(_LENGTH), pepper=secrets.token_bytes(_LENGTH))

    def contract_key(self, number: str) -> str:
        """Return what stands for a customer number in its normal form: HMAC-SHA256 in hexadecimal."""
        return hmac.new(self.pepper, number.encode(), hashlib.sha256).hexdigest()

    def seal(self, seq: int, digest: str) -> str:
        """Return the seal of the audit trail's last row, so that a cut-off end is noticed."""
        return hmac.new(self.audit, f"head {seq} {digest}".encode(), hashlib.sha256).hexdigest()

    def fingerprint(self) -> str:
        """Return what tells one pepper from another and nothing more."""
        return hmac.new(self.pepper, b"fingerprint", hashlib.sha256).hexdigest()[:16]

    def register(self, conn: sqlite3.Connection) -> None:
        """Let migrations compute keys, masks and seals in SQL."""
        conn.create_function("contract_key", 1, self.contract_key, deterministic=True)
        conn.create_function("masked_number", 1, masked, deterministic=True)
        conn.create_function("audit_seal", 2, self.seal, deterministic=True)


def check_pepper(conn: sqlite3.Connection, keys: Keys, where: Path) -> None:
    """Refuse a database whose contracts were keyed with another pepper: nobody could be identified.

    Raises StoreError.
    """
    row = conn.execute("SELECT value FROM marks WHERE name = 'pepper'").fetchone()
    if row is None:
        conn.execute("INSERT INTO marks (name, value) VALUES ('pepper', ?)", (keys.fingerprint(),))
    elif row[0] != keys.fingerprint():
        raise StoreError(f"{where.with_name(PEPPER)} does not belong to this database")


def _secret(file: Path) -> bytes:
    if not file.exists():
        # Written aside and linked, so that nobody ever reads half a key; the first one to link wins.
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(_LENGTH))
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    if file.stat().st_mode & 0o077:
        raise StoreError(f"{file} can be read by others (chmod 600)")
    found = file.read_bytes()
    if len(found) < _LENGTH:
        raise StoreError(f"{file} is too short")
    return found
