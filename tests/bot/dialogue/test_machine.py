"""The ways through a talk, step by step."""

from __future__ import annotations

import pytest

from bot.dialogue import replies as r
from bot.dialogue.effects import (
    AddToTicket,
    OpenTicket,
    RecordFaqFeedback,
    RecordUnanswered,
    RememberContract,
    Say,
)
from bot.dialogue.events import (
    Cancelled,
    CategoryCorrected,
    Confirmed,
    Corrected,
    Event,
    FaqChosen,
    FaqSolved,
    FaqUnsolved,
    HumanRequested,
    Identified,
    IsolationReported,
    QuestionSkipped,
    Said,
    SlotAnswered,
    Thanked,
)
from bot.dialogue.machine import pending_turns, step
from bot.dialogue.paths import Advice, Step
from bot.dialogue.state import Details, DialogueState, Phase, Slot
from bot.triage import Triage
from classifiers.labels import Category, Extent, Severity
from knowledge.contracts.contract import Identification, IdentificationStatus
from knowledge.faq.entry import FaqOutcome
from knowledge.policies.decision import Flag, Scope
from tests.builders import (
    CONTRACT,
    ENTRY,
    OTHER_ENTRY,
    POINTER,
    RULE,
    STEPS,
    VERIFIED,
    classification,
    decision,
    faq,
    triaged,
)

WORDS = "メールが送れません"
NEW = DialogueState(conversation_id="C1/1", reporter="U1")
#: Clear and covered: nothing to ask.
CLEAR = triaged(decided=decision())
#: Nobody said how many are hit.
NO_EXTENT = triaged(
    classification(extent=Extent.UNKNOWN, missing=("extent",), severity_abstained=True), decided=decision()
)


def take(state: DialogueState, event: Event, triage: Triage | None = CLEAR, **advice: object) -> Step:
    fields = {
        "isolation_steps": STEPS,
        "rule": RULE,
        "pointer": POINTER,
        "new_ticket_id": "M-00007",
        **advice,
    }
    needed = triage if pending_turns(state, event) else None
    return step(state, event, Advice(triage=needed, **fields))  # type: ignore[arg-type]


def replies(taken: Step) -> tuple[str, ...]:
    return tuple(effect.reply.kind for effect in taken.effects if isinstance(effect, Say))


def only_reply(taken: Step) -> r.Reply:
    (reply,) = [effect.reply for effect in taken.effects if isinstance(effect, Say)]
    return reply


def after(*events: Event, triage: Triage = CLEAR, state: DialogueState = NEW) -> DialogueState:
    for event in events:
        state = take(state, event, triage).state
    return state


# --- the first words -----------------------------------------------------------------------------


def test_clear_message_goes_straight_to_identification() -> None:
    taken = take(NEW, Said(text=WORDS))
    assert taken.state.phase is Phase.IDENTIFYING
    assert taken.state.turns == (WORDS,)
    assert replies(taken) == ("triage", "identification_request")


def test_known_person_goes_straight_to_confirmation() -> None:
    taken = take(NEW.evolve(identification=VERIFIED), Said(text=WORDS))
    assert taken.state.phase is Phase.CONFIRMING
    assert replies(taken) == ("triage", "ticket_summary")


@pytest.mark.parametrize("phase", [Phase.NEW, Phase.ASKING, Phase.IDENTIFYING, Phase.CONFIRMING])
def test_empty_message_changes_nothing(phase: Phase) -> None:
    state = NEW.evolve(phase=phase, turns=(WORDS,))
    taken = take(state, Said(text=" \u3000\n"))
    assert taken.state == state.evolve(version=1)
    assert replies(taken) == ("empty_message",)


def test_small_talk_is_greeted_and_forgotten() -> None:
    talk = triaged(classification(category=Category.SMALLTALK, ongoing=None))
    taken = take(NEW, Said(text="こんにちは"), talk)
    assert (taken.state.phase, taken.state.turns) == (Phase.NEW, ())
    assert only_reply(taken) == r.Greeting(thanks=False)


def test_thanks_are_answered_as_thanks() -> None:
    talk = triaged(classification(category=Category.SMALLTALK, ongoing=None, cues=("thanks",)))
    assert only_reply(take(NEW, Said(text="ありがとうございました"), talk)) == r.Greeting(thanks=True)


def test_message_after_the_end_is_a_new_matter() -> None:
    ended = DialogueState(
        conversation_id="C1/1",
        phase=Phase.ENDED,
        turns=("前の件",),
        asked=(Slot.EXTENT,),
        category=Category.APP_USAGE,
        isolation=STEPS,
        isolation_asked=True,
        identification=VERIFIED,
        details=Details(contact="03-1234-5678", started_at="昨日", details="前の件", attachments="前の件"),
        reporter="U1",
        reporter_name="田中",
        human_requested=True,
        faq_shown=(ENTRY.id,),
        faq_answer=ENTRY.id,
        ticket_id="M-00001",
        version=9,
    )
    begun = take(ended, Said(text=WORDS)).state
    assert begun.told[:2] == ("B", "cloud_incident")
    assert begun.evolve(told=()) == DialogueState(
        conversation_id="C1/1",
        phase=Phase.CONFIRMING,
        turns=(WORDS,),
        identification=VERIFIED,
        details=Details(contact="03-1234-5678"),
        reporter="U1",
        reporter_name="田中",
        version=10,
    )


# --- what was told, and what is put right --------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["ちょっといいですか", "少し長めの、よくわからないお問い合わせのはじまりです"]
)
def test_doubtful_small_talk_is_asked_about_before_a_verdict_is_shown(text: str) -> None:
    doubtful = triaged(
        classification(category=Category.SMALLTALK, category_abstained=True), decided=decision()
    )
    taken = take(NEW, Said(text=text), doubtful)
    assert (taken.state.phase, taken.state.open_slot, taken.state.told) == (Phase.ASKING, Slot.DETAIL, ())
    assert only_reply(taken) == r.MatterRequest()


def test_one_short_line_of_which_nothing_is_sure_is_asked_about_first() -> None:
    unsure = triaged(classification(category_abstained=True), decided=decision())
    assert only_reply(take(NEW, Said(text="すみません"), unsure)) == r.MatterRequest()


def test_severe_line_gets_its_verdict_however_short() -> None:
    severe = triaged(classification(Severity.A, category_abstained=True), decided=decision())
    assert replies(take(NEW, Said(text="止まった"), severe))[0] == "triage"


@pytest.mark.parametrize(("later", "unchanged"), [(NO_EXTENT, True), (CLEAR, False)])
def test_verdict_is_told_again_only_where_it_changed(later: Triage, unchanged: bool) -> None:
    asking = after(Said(text=WORDS), triage=NO_EXTENT)
    first = next(
        e.reply for e in take(asking, Said(text="昨日からです"), later).effects if isinstance(e, Say)
    )
    assert isinstance(first, r.TriageReply)
    assert (first.updated, first.unchanged) == (True, unchanged)


def test_promise_that_moves_with_the_clock_is_no_change() -> None:
    identifying = after(Said(text=WORDS))
    later = triaged(decided=decision(minutes=90))
    assert replies(take(identifying, Said(text="昨日からです"), later)) == ("identification_request",)


def test_words_before_identification_that_change_the_verdict_are_acted_on() -> None:
    identifying = after(Said(text=WORDS))
    declined = take(identifying, Said(text="社内の回線でした"), triaged(decided=decision(Scope.OUT_OF_SCOPE)))
    assert (declined.state.phase, replies(declined)) == (Phase.DECLINED, ("declined",))


def test_words_before_sending_that_leave_the_contract_are_declined() -> None:
    confirming = after(Said(text=WORDS), state=NEW.evolve(identification=VERIFIED))
    declined = take(confirming, Said(text="社内の回線でした"), triaged(decided=decision(Scope.OUT_OF_SCOPE)))
    assert declined.state.phase is Phase.DECLINED


def test_form_puts_category_and_extent_right() -> None:
    single = triaged(
        classification(category=Category.CLIENT_TROUBLE, extent=Extent.SINGLE), decided=decision()
    )
    phrase = "影響しているのは自分だけです"
    event = Corrected(category=Category.CLIENT_TROUBLE, text=phrase)
    taken = take(after(Said(text=WORDS)), event, single)
    assert (taken.state.category, taken.state.turns) == (Category.CLIENT_TROUBLE, (WORDS, phrase))
    assert replies(taken)[0] == "triage"


@pytest.mark.parametrize("phase", Phase)
def test_thanks_change_nothing_in_any_phase(phase: Phase) -> None:
    state = NEW.evolve(phase=phase, turns=(WORDS,), ticket_id="M-00001")
    taken = take(state, Thanked())
    waiting = phase not in (Phase.NEW, Phase.SUBMITTED, Phase.ENDED)
    assert taken.state == state.evolve(version=1)
    assert only_reply(taken) == r.Greeting(thanks=True, waiting=waiting)


def test_extent_and_details_of_the_form_count_as_words() -> None:
    told = Details(extent="影響しているのは数人です", details="支店は正常です")
    taken = take(after(Said(text=WORDS)), Identified(identification=VERIFIED, details=told))
    assert taken.state.turns == (WORDS, told.extent, told.details)


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.A])
def test_severe_message_is_not_held_up_by_questions(severity: Severity) -> None:
    found = classification(
        severity, extent=Extent.ALL, missing=("detail", "started_at"), category_abstained=True
    )
    result = faq(FaqOutcome.SUGGEST, ENTRY)
    assert take(NEW, Said(text=WORDS), triaged(found, result, decision())).state.phase is Phase.IDENTIFYING


@pytest.mark.parametrize("outcome", [FaqOutcome.ANSWER, FaqOutcome.SUGGEST])
@pytest.mark.parametrize("ongoing", [True, None])
def test_severe_message_is_not_held_up_by_the_faq(outcome: FaqOutcome, ongoing: bool | None) -> None:
    severe = triaged(classification(Severity.A, ongoing=ongoing), faq(outcome, ENTRY), decision())
    assert take(NEW, Said(text=WORDS), severe).state.phase is Phase.IDENTIFYING


def test_missing_extent_is_asked() -> None:
    taken = take(NEW, Said(text=WORDS), NO_EXTENT)
    assert (taken.state.phase, taken.state.open_slot, taken.state.asked) == (
        Phase.ASKING,
        Slot.EXTENT,
        (Slot.EXTENT,),
    )


def test_answer_becomes_a_turn_of_its_own() -> None:
    asking = after(Said(text=WORDS), triage=NO_EXTENT)
    taken = take(asking, SlotAnswered(slot=Slot.EXTENT, text="全員です"))
    assert taken.state.turns == (WORDS, "全員です")
    assert (taken.state.phase, taken.state.open_slot) == (Phase.IDENTIFYING, None)


def test_no_question_is_asked_twice_and_none_after_three() -> None:
    unclear = triaged(
        classification(
            category_abstained=True,
            severity_abstained=True,
            extent=Extent.UNKNOWN,
            missing=("extent", "detail", "started_at"),
        ),
        decided=decision(),
    )
    state = take(NEW, Said(text="動かない"), unclear).state
    asked = []
    while state.phase is Phase.ASKING:
        asked.append(state.open_slot)
        state = take(state, QuestionSkipped(), unclear).state
    assert asked == [Slot.DETAIL, Slot.EXTENT, Slot.STARTED_AT]
    assert state.asked == (Slot.DETAIL, Slot.EXTENT, Slot.STARTED_AT)
    assert state.phase is Phase.IDENTIFYING


def test_likeliest_categories_are_offered_without_small_talk() -> None:
    unsure = triaged(classification(category=Category.SMALLTALK, category_abstained=True))
    asked = NEW.evolve(asked=(Slot.DETAIL,), phase=Phase.ASKING)
    reply = only_reply(take(asked, Said(text="少し長めの、よくわからないお問い合わせです"), unsure))
    assert isinstance(reply, r.TriageReply)
    assert reply.question is Slot.CATEGORY
    assert reply.categories == (Category.CLOUD_INCIDENT, Category.CLOUD_HOWTO, Category.ACCOUNT_ADMIN)


def test_correction_changes_the_verdict() -> None:
    asking = after(Said(text=WORDS), triage=NO_EXTENT)
    single = triaged(classification(Severity.C, extent=Extent.SINGLE), decided=decision())
    taken = take(asking, Said(text="自分だけでした"), single)
    first = next(effect.reply for effect in taken.effects if isinstance(effect, Say))
    assert isinstance(first, r.TriageReply)
    assert (first.updated, first.understanding.extent) == (True, Extent.SINGLE)


def test_chosen_category_stays() -> None:
    declined = after(Said(text=WORDS), triage=triaged(decided=decision(Scope.OUT_OF_SCOPE)))
    assert declined.phase is Phase.DECLINED
    taken = take(declined, CategoryCorrected(category=Category.CLOUD_INCIDENT))
    assert (taken.state.category, taken.state.phase) == (Category.CLOUD_INCIDENT, Phase.IDENTIFYING)


# --- the FAQ -------------------------------------------------------------------------------------

QUESTION = classification(Severity.C, Category.CLOUD_HOWTO, ongoing=None)
ANSWERED = triaged(QUESTION, faq(FaqOutcome.ANSWER, ENTRY, OTHER_ENTRY), decision())
SUGGESTED = triaged(QUESTION, faq(FaqOutcome.SUGGEST, ENTRY, OTHER_ENTRY), decision())


def test_sure_answer_is_given() -> None:
    taken = take(NEW, Said(text="再発行は?"), ANSWERED)
    assert taken.state.phase is Phase.ANSWERED
    assert only_reply(taken) == r.FaqAnswer(
        entry_id=ENTRY.id, question=ENTRY.question, answer=ENTRY.answer, source=ENTRY.source
    )


def test_solved_ends_the_talk_with_feedback() -> None:
    taken = take(after(Said(text="再発行は?"), triage=ANSWERED), FaqSolved())
    assert taken.state.phase is Phase.ENDED
    assert taken.effects == (RecordFaqFeedback(entry_id=ENTRY.id, solved=True), Say(reply=r.Solved()))


def test_unsolved_goes_on_to_the_ticket_with_feedback_and_ledger() -> None:
    taken = take(after(Said(text="再発行は?"), triage=ANSWERED), FaqUnsolved(), ANSWERED)
    assert taken.state.phase is Phase.IDENTIFYING
    assert taken.effects[:2] == (
        RecordFaqFeedback(entry_id=ENTRY.id, solved=False),
        RecordUnanswered(text="再発行は?"),
    )


def test_unsolved_question_outside_the_contract_is_declined() -> None:
    outside = triaged(QUESTION, faq(FaqOutcome.ANSWER, ENTRY), decision(Scope.OUT_OF_SCOPE))
    assert take(after(Said(text="印刷は?"), triage=outside), FaqUnsolved(), outside).state.phase is (
        Phase.DECLINED
    )


def test_answer_is_not_given_twice() -> None:
    taken = take(after(Said(text="再発行は?"), triage=ANSWERED), Said(text="もう一度"), ANSWERED)
    assert replies(taken) == ("triage", "identification_request")


def test_suggestions_are_offered_and_one_is_chosen() -> None:
    offered = take(NEW, Said(text="再発行"), SUGGESTED)
    reply = only_reply(offered)
    assert isinstance(reply, r.TriageReply)
    assert [choice.entry_id for choice in reply.suggestions] == [ENTRY.id, OTHER_ENTRY.id]
    chosen = take(offered.state, FaqChosen(entry_id=ENTRY.id), SUGGESTED, entry=ENTRY)
    assert replies(chosen) == ("faq_answer",)


@pytest.mark.parametrize("event", [FaqSolved(), FaqUnsolved()])
def test_list_of_suggestions_earns_no_feedback(event: Event) -> None:
    taken = take(after(Said(text="再発行"), triage=SUGGESTED), event, SUGGESTED)
    assert [effect for effect in taken.effects if isinstance(effect, RecordFaqFeedback)] == []


def test_entry_that_is_gone_is_told() -> None:
    offered = after(Said(text="再発行"), triage=SUGGESTED)
    taken = take(offered, FaqChosen(entry_id="gone"), SUGGESTED, entry=None)
    assert (replies(taken), taken.state.phase) == (("nothing_open",), Phase.ANSWERED)


# --- outside the contract ------------------------------------------------------------------------


def test_outside_the_contract_is_declined_with_the_way_on() -> None:
    taken = take(NEW, Said(text=WORDS), triaged(decided=decision(Scope.ROUTED)))
    reply = only_reply(taken)
    assert isinstance(reply, r.Declined)
    assert (taken.state.phase, reply.pointer) == (Phase.DECLINED, POINTER)


def test_declined_person_gets_a_human_all_the_same() -> None:
    outside = triaged(decided=decision(Scope.OUT_OF_SCOPE))
    declined = after(Said(text=WORDS), triage=outside)
    asked = take(declined, HumanRequested(), outside)
    assert (asked.state.phase, asked.state.human_requested) == (Phase.IDENTIFYING, True)
    identified = take(asked.state, Identified(identification=VERIFIED), outside)
    assert identified.state.phase is Phase.CONFIRMING


def test_contract_that_does_not_cover_it_declines_after_identification() -> None:
    """The default policy covered it, the person's own does not."""
    waiting = after(Said(text=WORDS))
    outside = triaged(QUESTION, faq(FaqOutcome.ANSWER, ENTRY), decision(Scope.OUT_OF_SCOPE))
    taken = take(waiting, Identified(identification=VERIFIED), outside)
    assert (taken.state.phase, replies(taken)) == (Phase.DECLINED, ("declined",))


# --- isolation -----------------------------------------------------------------------------------

ISOLATE = triaged(decided=decision(flags=(Flag.DO_ISOLATION_FIRST,)))


def test_isolation_steps_come_once_and_before_identification() -> None:
    taken = take(NEW, Said(text=WORDS), ISOLATE)
    assert (taken.state.phase, replies(taken)) == (Phase.ISOLATING, ("triage", "isolation_steps"))
    reported = take(taken.state, IsolationReported(done=STEPS[:1]), ISOLATE)
    assert (reported.state.phase, reported.state.isolation) == (Phase.IDENTIFYING, STEPS[:1])
    identified = take(reported.state, Identified(identification=VERIFIED), ISOLATE)
    assert identified.state.phase is Phase.CONFIRMING


def test_isolation_answered_in_words_is_not_asked_again() -> None:
    isolating = after(Said(text=WORDS), triage=ISOLATE)
    taken = take(isolating, Said(text="Web版でも同じでした"), ISOLATE)
    assert taken.state.phase is Phase.IDENTIFYING
    assert taken.state.turns == (WORDS, "Web版でも同じでした")


@pytest.mark.parametrize(
    ("triage", "steps"),
    [
        (triaged(classification(isolation_done=True), decided=ISOLATE.decision), STEPS),
        (ISOLATE, ()),
        (triaged(), STEPS),
    ],
    ids=["done already", "policy without steps", "no policy known"],
)
def test_isolation_is_not_asked_without_need(triage: Triage, steps: tuple[str, ...]) -> None:
    taken = take(NEW, Said(text=WORDS), triage, isolation_steps=steps)
    assert taken.state.phase is Phase.IDENTIFYING


# --- identification ------------------------------------------------------------------------------


def test_identified_person_sees_the_summary() -> None:
    details = Details(contact="03-1234-5678", started_at="今朝9時", details="大阪でも同じです")
    taken = take(after(Said(text=WORDS)), Identified(identification=VERIFIED, details=details))
    assert taken.effects[0] == RememberContract()
    reply = only_reply(taken)
    assert isinstance(reply, r.TicketSummary)
    assert (reply.holder, reply.masked_number) == (CONTRACT.holder, "****0200")
    assert (reply.contact, reply.started_at) == ("03-1234-5678", "今朝9時")
    assert reply.words == f"{WORDS}\n大阪でも同じです"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (IdentificationStatus.MISMATCH, IdentificationStatus.MISMATCH),
        (IdentificationStatus.UNKNOWN, IdentificationStatus.MISMATCH),
        (IdentificationStatus.EXPIRED, IdentificationStatus.EXPIRED),
        (IdentificationStatus.LOCKED, IdentificationStatus.LOCKED),
    ],
)
def test_failed_identification_tells_the_rule_and_no_secret(
    status: IdentificationStatus, shown: IdentificationStatus
) -> None:
    event = Identified(
        identification=Identification(status=status), details=Details(details="一度だけ数える補足")
    )
    taken = take(after(Said(text=WORDS)), event, attempts_left=3)
    assert taken.state.phase is Phase.IDENTIFYING
    assert taken.state.turns == (WORDS,)
    assert only_reply(taken) == r.IdentificationFailed(status=shown, attempts_left=3, rule=RULE)


def test_failed_form_takes_nothing_from_a_known_person() -> None:
    confirming = after(Said(text=WORDS), Identified(identification=VERIFIED))
    wrong = Identified(identification=Identification(status=IdentificationStatus.MISMATCH))
    taken = take(confirming, wrong)
    assert (taken.state.phase, taken.state.identification) == (Phase.CONFIRMING, VERIFIED)


def test_other_contract_before_the_yes_is_summed_up_again() -> None:
    confirming = after(Said(text=WORDS), Identified(identification=VERIFIED))
    taken = take(confirming, Identified(identification=VERIFIED))
    assert replies(taken) == ("ticket_summary",)


def test_more_words_before_identification_are_kept() -> None:
    taken = take(after(Said(text=WORDS)), Said(text="大阪でも同じです"))
    assert taken.state.turns == (WORDS, "大阪でも同じです")
    assert only_reply(taken) == r.IdentificationRequest(reminder=True)


def test_identification_out_of_the_blue_is_remembered() -> None:
    taken = take(NEW, Identified(identification=VERIFIED))
    assert (taken.state.phase, taken.state.identification) == (Phase.NEW, VERIFIED)
    assert taken.effects == (RememberContract(), Say(reply=r.Greeting()))


# --- confirmation and ticket ---------------------------------------------------------------------


def test_yes_opens_the_ticket() -> None:
    confirming = after(Said(text=WORDS), Identified(identification=VERIFIED))
    taken = take(confirming, Confirmed())
    assert (taken.state.phase, taken.state.ticket_id) == (Phase.SUBMITTED, "M-00007")
    assert taken.effects[0] == OpenTicket()
    assert replies(taken) == ("ticket_received",)


def test_second_click_opens_nothing() -> None:
    submitted = after(Said(text=WORDS), Identified(identification=VERIFIED), Confirmed())
    taken = take(submitted, Confirmed())
    assert taken.state == submitted.evolve(version=submitted.version + 1)
    assert taken.effects == (Say(reply=r.NothingOpen()),)


def test_more_words_before_the_yes_are_summed_up_again() -> None:
    confirming = after(Said(text=WORDS), Identified(identification=VERIFIED))
    reply = only_reply(take(confirming, Said(text="追加です")))
    assert isinstance(reply, r.TicketSummary)
    assert reply.words == f"{WORDS}\n追加です"


def test_words_after_the_ticket_belong_to_it() -> None:
    submitted = after(Said(text=WORDS), Identified(identification=VERIFIED), Confirmed())
    taken = take(submitted, Said(text="追加です"))
    assert taken.effects == (AddToTicket(text="追加です"), Say(reply=r.Noted(ticket_id="M-00007")))


@pytest.mark.parametrize(
    "phase",
    [Phase.ASKING, Phase.ANSWERED, Phase.DECLINED, Phase.ISOLATING, Phase.IDENTIFYING, Phase.CONFIRMING],
)
def test_cancelling_ends_the_talk(phase: Phase) -> None:
    taken = take(NEW.evolve(phase=phase, turns=(WORDS,)), Cancelled())
    assert (taken.state.phase, replies(taken)) == (Phase.ENDED, ("cancelled",))


# --- a human, at any time ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phase", [Phase.ASKING, Phase.ANSWERED, Phase.DECLINED, Phase.ISOLATING, Phase.IDENTIFYING]
)
def test_human_is_one_form_away(phase: Phase) -> None:
    taken = take(NEW.evolve(phase=phase, turns=(WORDS,)), HumanRequested(), NO_EXTENT)
    assert (taken.state.phase, taken.state.human_requested) == (Phase.IDENTIFYING, True)


@pytest.mark.parametrize("phase", [Phase.NEW, Phase.ENDED])
def test_human_without_a_word_is_asked_what_it_is_about(phase: Phase) -> None:
    state = NEW.evolve(phase=phase, turns=("前の件",) if phase is Phase.ENDED else ())
    taken = take(state, HumanRequested())
    assert (taken.state.phase, taken.state.turns) == (Phase.ASKING, ())
    told = take(taken.state, Said(text=WORDS), NO_EXTENT)
    assert (told.state.phase, told.state.turns) == (Phase.IDENTIFYING, (WORDS,))


@pytest.mark.parametrize("event", [QuestionSkipped(), CategoryCorrected(category=Category.APP_USAGE)])
def test_human_without_a_word_is_asked_until_something_is_said(event: Event) -> None:
    taken = take(after(HumanRequested()), event)
    assert (taken.state.phase, taken.state.open_slot) == (Phase.ASKING, Slot.DETAIL)
    assert taken.state.human_requested


@pytest.mark.parametrize("phase", [Phase.NEW, Phase.ENDED])
def test_words_beside_the_wish_for_a_human_are_the_matter(phase: Phase) -> None:
    taken = take(NEW.evolve(phase=phase), HumanRequested(text=f"{WORDS}。担当者につないで"), NO_EXTENT)
    assert taken.state.turns == (f"{WORDS}。担当者につないで",)
    assert (taken.state.phase, taken.state.human_requested) == (Phase.IDENTIFYING, True)


def test_wish_for_a_human_reaches_the_ticket_with_its_words() -> None:
    submitted = after(Said(text=WORDS), Identified(identification=VERIFIED), Confirmed())
    taken = take(submitted, HumanRequested(text="急ぎです。電話をください"))
    assert taken.effects[0] == AddToTicket(text="急ぎです。電話をください", human=True)
    assert taken.state.turns[-1] == "急ぎです。電話をください"


# --- old buttons ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "event"),
    [
        (Phase.NEW, Confirmed()),
        (Phase.NEW, Cancelled()),
        (Phase.ASKING, FaqUnsolved()),
        (Phase.IDENTIFYING, SlotAnswered(slot=Slot.EXTENT, text="全員です")),
        (Phase.SUBMITTED, FaqSolved()),
        (Phase.SUBMITTED, Cancelled()),
        (Phase.SUBMITTED, Identified(identification=VERIFIED)),
        (Phase.ENDED, QuestionSkipped()),
        (Phase.ENDED, IsolationReported(done=STEPS)),
    ],
)
def test_button_of_an_older_message_changes_nothing(phase: Phase, event: Event) -> None:
    state = NEW.evolve(phase=phase, turns=(WORDS,), ticket_id="M-00001")
    taken = take(state, event)
    assert taken.state == state.evolve(version=1)
    assert taken.effects == (Say(reply=r.NothingOpen()),)
