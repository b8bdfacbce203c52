"""Decides which contracts a file holds and what an import changes; keeps nothing on disk."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from knowledge.contracts.contract import Contact, Contract
from knowledge.contracts.identification import ContractRegistry, normalise_number
from knowledge.contracts.words import columns, problem
from knowledge.errors import ContractFileError, DecisionInputError, UnknownPolicy
from knowledge.policies.conditions import addon_id, plan_id
from knowledge.policies.decision import Asker
from knowledge.policies.packs import PolicyBook

_REQUIRED: Final = ("number", "holder", "policy")
#: What a spreadsheet makes of a long number, or of one with a fraction.
_SPOILT_NUMBER: Final = re.compile(r"\A(?:[0-9.]+[eE]\+?[0-9]+|[0-9]+\.[0-9]+)")
#: What makes a spreadsheet calculate, also in full width.
_FORMULA: Final = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20\u2212]")
_ROLES: Final = tuple(role for role in Asker if role is not Asker.STRANGER)
_Problem = tuple[int, str, str]


class InMemoryRegistry:
    """Contracts by number, in memory."""

    def __init__(self, contracts: Iterable[Contract] = ()) -> None:
        self._contracts = {contract.number: contract for contract in contracts}

    def find(self, number: str) -> Contract | None:
        """The contract of a customer number in any spelling."""
        return self._contracts.get(number) or self._contracts.get(normalise_number(number))

    def all(self) -> tuple[Contract, ...]:
        """Every contract, in the order of import."""
        return tuple(self._contracts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import changes."""

    added: tuple[Contract, ...] = ()
    updated: tuple[Contract, ...] = ()
    unchanged: tuple[Contract, ...] = ()


def plan_import(registry: ContractRegistry, incoming: Iterable[Contract]) -> ImportPlan:
    """Compares contracts with the registry by number; nothing is ever removed by an import."""
    added, updated, unchanged = [], [], []
    for contract in incoming:
        known = registry.find(contract.number)
        if known is None:
            added.append(contract)
        elif known == contract:
            unchanged.append(contract)
        else:
            updated.append(contract)
    return ImportPlan(added=tuple(added), updated=tuple(updated), unchanged=tuple(unchanged))


def read_contracts(path: Path, book: PolicyBook) -> tuple[Contract, ...]:
    """All contracts of a CSV file in UTF-8 (with or without mark) or CP932.

    Raises:
        ContractFileError: with every problem of the file; nothing of it is to be used then.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = problem("unreadable", reason=error.strerror or type(error).__name__)
        raise ContractFileError(path, [(0, "-", reason)]) from error
    return parse_contracts(raw, book, path)


def parse_contracts(raw: bytes, book: PolicyBook, file: Path | str = "-") -> tuple[Contract, ...]:
    """As `read_contracts`, for the bytes of a file; `file` names it in errors."""
    problems: list[_Problem] = []
    contracts: list[Contract] = []
    lines: dict[str, int] = {}
    reader = _Reader(book, problems)
    for line, row in _rows(_decode(raw, file), problems):
        contract = reader.contract(line, row)
        if contract is None:
            continue
        earlier = lines.setdefault(contract.number, line)
        if earlier != line:
            problems.append((line, "number", problem("number_twice", line=earlier)))
        contracts.append(contract)
    if not contracts and not problems:
        problems.append((0, "-", problem("empty")))
    if problems:
        raise ContractFileError(file, sorted(problems))
    return tuple(contracts)


def write_contracts(contracts: Iterable[Contract]) -> str:
    """The contracts as CSV text that `parse_contracts` reads back unchanged, where their numbers are whole.

    Every cell is quoted, and none begins a formula in a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(names[0] for names in columns().values())
    for contract in contracts:
        values = {
            "number": contract.number,
            "holder": contract.holder,
            "policy": contract.policy_id,
            "plan": contract.plan or "",
            "addons": "|".join(contract.addons),
            "aliases": "|".join(contract.aliases),
            "valid_from": contract.valid_from.isoformat() if contract.valid_from else "",
            "valid_until": contract.valid_until.isoformat() if contract.valid_until else "",
            "contacts": "|".join(_contact_text(contact) for contact in contract.contacts),
        }
        writer.writerow(inert(values[column]) for column in columns())
    return out.getvalue()


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, in whatever width its first character is."""
    return f"'{cell}" if _FORMULA.match(cell.lstrip("'")) else cell


def _plain(cell: str) -> str:
    """A cell as it was before `inert`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell.lstrip("'")) else cell


class _Reader:
    """Reads rows into contracts, noting every problem on the way."""

    def __init__(self, book: PolicyBook, problems: list[_Problem]) -> None:
        self._book, self._problems = book, problems

    def contract(self, line: int, row: Mapping[str, str]) -> Contract | None:
        """The contract of a row, or None where the row has a problem."""
        before = len(self._problems)
        for field in _REQUIRED:
            if not row.get(field):
                self._note(line, field, problem("missing"))
        number = self._number(line, row.get("number", ""))
        plan, addons = self._policy(line, row)
        start, end = (self._date(line, field, row) for field in ("valid_from", "valid_until"))
        if start and end and end < start:
            self._note(line, "valid_until", problem("period"))
        contacts = tuple(self._contacts(line, row))
        if len(self._problems) > before:
            return None
        return Contract(
            number=number,
            holder=row["holder"],
            policy_id=row["policy"],
            plan=plan,
            addons=addons,
            aliases=_parts(row, "aliases"),
            valid_from=start,
            valid_until=end,
            contacts=contacts,
        )

    def _note(self, line: int, field: str, reason: str) -> None:
        self._problems.append((line, field, reason))

    def _number(self, line: int, text: str) -> str:
        number = normalise_number(text)
        if "*" in text:
            self._note(line, "number", problem("number_masked"))
        elif text and (_SPOILT_NUMBER.fullmatch(text) or not number):
            self._note(line, "number", problem("number_shape", value=text))
        return number

    def _policy(self, line: int, row: Mapping[str, str]) -> tuple[str | None, tuple[str, ...]]:
        name = row.get("policy", "")
        if not name:
            return None, ()
        try:
            policy = self._book.get(name)
        except UnknownPolicy as error:
            known = ", ".join(error.known)
            self._note(line, "policy", problem("unknown", value=name, known=known))
            return None, ()
        plan: str | None = None
        addons: list[str] = []
        try:
            plan = plan_id(policy, row.get("plan") or None)
        except DecisionInputError:
            known = ", ".join(policy.plan_ids) or "-"
            self._note(line, "plan", problem("unknown", value=row["plan"], known=known))
        for addon in _parts(row, "addons"):
            try:
                addons.append(addon_id(policy, addon))
            except DecisionInputError:
                known = ", ".join(policy.addon_ids) or "-"
                self._note(line, "addons", problem("unknown", value=addon, known=known))
        return plan, tuple(addons)

    def _date(self, line: int, field: str, row: Mapping[str, str]) -> date | None:
        text = row.get(field, "")
        if not text:
            return None
        try:
            year, month, day = re.split(r"[-/.]", text)
            return date(int(year), int(month), int(day))
        except ValueError:
            self._note(line, field, problem("date", value=text))
            return None

    def _contacts(self, line: int, row: Mapping[str, str]) -> Iterator[Contact]:
        for text in _parts(row, "contacts"):
            name, _, rest = text.partition(":")
            role, email, slack_user, *more = [part.strip() for part in [*rest.split(":"), "", ""]]
            if not name.strip() or role not in _ROLES or any(more):
                self._note(line, "contacts", problem("contact", value=text))
                continue
            yield Contact(
                name=name.strip(), role=Asker(role), email=email or None, slack_user=slack_user or None
            )


def _decode(raw: bytes, file: Path | str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ContractFileError(file, [(0, "-", problem("encoding"))])


def _rows(text: str, problems: list[_Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """The line (from 1) where a row begins and its values by column, for rows of the right width."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            begins, line = line, reader.line_num + 1
            row = [_plain(cell.strip()) for cell in cells]
            if not any(row):
                continue
            if header is None:
                header = _header(begins, row, problems)
                if problems:
                    return
            elif len(row) != len(header):
                reason = problem("width", expected=len(header), found=len(row))
                problems.append((begins, "-", reason))
            else:
                yield begins, dict(zip(header, row, strict=True))
    except csv.Error as error:
        problems.append((reader.line_num, "-", problem("csv", reason=error)))


def _header(line: int, row: Sequence[str], problems: list[_Problem]) -> list[str]:
    spellings = {name.casefold(): column for column, names in columns().items() for name in names}
    header: list[str] = []
    for name in row:
        column = spellings.get(name.casefold())
        if column is None:
            known = ", ".join(names[0] for names in columns().values())
            problems.append((line, name or "-", problem("column_unknown", value=name, known=known)))
        elif column in header:
            problems.append((line, name, problem("column_twice", value=name)))
        header.append(column or name)
    missing = [column for column in _REQUIRED if column not in header]
    problems.extend((line, columns()[column][0], problem("column_missing")) for column in missing)
    return header


def _parts(row: Mapping[str, str], field: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.get(field, "").split("|") if part.strip())


def _contact_text(contact: Contact) -> str:
    parts = [contact.name, contact.role.value, contact.email or "", contact.slack_user or ""]
    return ":".join(parts).rstrip(":")
