"""Wires the real parts together: the only place that builds them all."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from bot.authorisation import Role
from bot.clock import JST, system_clock
from bot.language import Language
from bot.logs import logger
from bot.ports import Clock, DeskConfiguration, Directory, PolicyTexts, Store, UnitOfWork
from bot.services.administration import Administration, PolicyInForce
from bot.services.desk import Desk
from bot.services.faq_desk import FaqKeeping
from bot.services.health import Vitals, queues
from bot.settings import Settings
from bot.storage.heartbeat import read_heartbeat
from bot.texts.doctor import SAMPLE
from bot.texts.masking import mask
from bot.triage import Brain, Situation, triage
from classifiers.classification import Classification, Signals
from classifiers.drift import unknown_words
from classifiers.registry import CHAMPION, Registry
from knowledge.contracts.identification import in_force
from knowledge.errors import FaqEntryError
from knowledge.faq.catalogue import Catalogue, load_catalogue
from knowledge.faq.entry import FaqEntry, FaqResult
from knowledge.faq.entry_file import parse_entry, render_entry
from knowledge.faq.index_file import stored_or_built
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import load_settings as load_search_settings
from knowledge.faq.terms import TermReader
from knowledge.policies.packs import PolicyBook

_LOG = logger("compose")


def vitals(unit: UnitOfWork, settings: Settings, registry: Registry) -> Vitals:
    """Measure how the desk of these settings is."""
    return Vitals(
        now=system_clock(),
        heartbeat=read_heartbeat(settings.heartbeat),
        queues=queues(unit),
        disk_free=shutil.disk_usage(settings.home).free // 1_000_000,
        model=registry.aliases().get(CHAMPION),
    )


class Parts(Language):
    """All real parts, each built when it is first asked for."""

    def with_settings(self, settings: Settings) -> Parts:
        """Return the same parts under other settings; what was built already and still fits is shared."""
        other = Parts(settings, progress=self._progress)
        # A brain searches the entries of its own parts.
        own = {"brain", "administration"}
        if settings.own_faq != self.settings.own_faq:
            own |= {"catalogue", "faq"}
        built = {name: value for name, value in vars(self).items() if name not in {*vars(other), *own}}
        vars(other).update(built)
        return other

    @cached_property
    def policies(self) -> PolicyBook:
        own = self.settings.policies_dir
        return PolicyBook.load([own] if own else None, lexicon=self.lexicon)

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(known_policies=self.policies.ids, operator=self.settings.own_faq)

    @cached_property
    def faq(self) -> FaqIndex:
        return stored_or_built(self.catalogue.entries, self.settings.faq_index, lexicon=self.lexicon)

    @cached_property
    def term_reader(self) -> TermReader:
        return TermReader(load_search_settings().terms, self.lexicon)

    def check(self) -> None:
        """Load what may be wrong with the operator's files; trains where there is no model yet.

        Raises ModelRefused, FaqEntryError or what else is wrong with them.
        """
        self.brain.classify(["."])
        self.catalogue  # noqa: B018

    def warm_up(self) -> None:
        """Build all that the first message would wait for.

        Under every policy: the packs, their calendar and their share of the FAQ are read as well.
        """
        self.check()
        for policy_id in (None, *self.policies.ids):
            triage(self.brain, [SAMPLE, SAMPLE], Situation(now=system_clock(), policy_id=policy_id))

    @cached_property
    def brain(self) -> Brain:
        return Brain(
            classify=self._classify, read=self._read, search=self._search, decide=self.policies.decide
        )

    def _read(self, turn: str) -> Signals:
        classifier = self.classifier
        return classifier.judge(classifier.read(turn), explained=False).signals

    def _classify(self, turns: Sequence[str]) -> Classification:
        classifier, shadow = self.champion.pair()
        readings = classifier.read(turns)
        verdict = classifier.judge(readings)
        if shadow is not None:
            try:
                shadow.compare(readings, verdict)
            except Exception as error:  # a trial must never cost an answer
                _LOG.warning("not_compared", error=type(error).__name__)
        return verdict

    def _search(self, query: str, policy_id: str | None) -> FaqResult:
        return self.faq.search(query, policy_id)

    def _entry(self, entry_id: str) -> FaqEntry | None:
        return self.catalogue.get(entry_id)

    def shelve(self, entry: FaqEntry) -> None:
        """Put an entry among the operator's own; the next search knows it. Raises FaqEntryError."""
        path = self.settings.own_faq / f"{entry.id}.md"
        text = render_entry(entry)
        parse_entry(text, path, self.policies.ids)
        standing = self.catalogue.files.get(entry.id, path)
        if standing != path:  # two files with one id, and no entry could be read any more
            raise FaqEntryError(path, "id", f"{entry.id!r} already stands in {standing}")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
        for name in ("catalogue", "faq"):  # in this order: no search builds on the old entries again
            vars(self).pop(name, None)

    @cached_property
    def administration(self) -> Administration:
        return Administration(
            registry=self.registry,
            vitals=lambda unit: vitals(unit, self.settings, self.registry),
            policies=lambda: tuple(
                PolicyInForce(id=policy.id, effective_from=policy.effective_from)
                for policy in self.policies.policies
            ),
            unknown=lambda text: unknown_words(self.classifier.model, self.classifier.read(text)),
        )

    def policy_texts(self, policy_id: str) -> PolicyTexts:
        policy = self.policies.get(policy_id)
        return PolicyTexts(
            name=policy.name,
            rule=policy.who_may_ask.text,
            isolation_steps=tuple(policy.isolation_steps),
            pointers=policy.routes,
            data_notice=policy.data_notice,
            severity_names=policy.severity_names,
            severity_change=(policy.severity_change.text, policy.severity_change.clause),
            reopening=(policy.reopening.text, policy.reopening.clause),
            reopening_days=policy.reopening_days,
            closing=(policy.closing.text, policy.closing.clause),
            desk_closing={desk: rules.closing for desk, rules in policy.desks.items() if rules.closing},
            root_cause=(policy.root_cause.text, policy.root_cause.clause),
        )

    def desk(self, store: Store, directory: Directory, *, clock: Clock = system_clock) -> Desk:
        """Return a running desk on `store`."""
        return Desk(
            store=store,
            brain=self.brain,
            directory=directory,
            clock=clock,
            policy_texts=self.policy_texts,
            faq_entry=self._entry,
            faq_keeping=FaqKeeping(
                shelf=self.shelve, policies=self.policies.ids, terms=lambda: self.term_reader
            ),
            in_force=lambda contract, now: in_force(contract, now.astimezone(JST).date()),
            mask=mask,
            administration=self.administration,
            coverage=self.policies.coverage,
            is_business_day=self.policies.calendar.is_business_day,
            configuration=DeskConfiguration(
                default_policy=self.settings.default_policy,
                second_approver=self.settings.second_approver,
                admins=self.settings.admin_ids,
                staff_channel=self.settings.staff_channel,
                admin_channel=self.settings.admin_channel or self.settings.staff_channel,
                keep_messages=timedelta(days=self.settings.keep_messages_days),
                keep_tickets=timedelta(days=self.settings.keep_tickets_days),
            ),
        )


class FixedDirectory:
    """Roles by configured user ids: for the terminal, where nobody else is."""

    def __init__(self, roles: dict[str, frozenset[Role]]) -> None:
        self._roles = roles

    def roles(self, user_id: str) -> frozenset[Role]:
        return self._roles.get(user_id, frozenset({Role.CUSTOMER}))
