"""What staff read of clocks and queues: reminders, the digest, and the lists on their Home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.dialogue import desk_replies
from bot.texts import labels
from bot.texts.message import Context, Fields, Heading, Message, Paragraph, Part
from bot.texts.wording import cut, message, words_for
from bot.tickets.queues import Queue, Watched
from bot.tickets.sla import ClockKind, ClockState, ClockView, Step
from bot.tickets.ticket import Ticket

CLOCK: Mapping[ClockKind, str] = {
    ClockKind.FIRST_RESPONSE: "初回応答",
    ClockKind.NEXT_UPDATE: "次回連絡の目安",
}
STATE: Mapping[ClockState, str] = {
    ClockState.REMAINING: "残り",
    ClockState.PAUSED: "停止中",
    ClockState.MET: "達成",
    ClockState.OVER: "超過",
}
STEP: Mapping[Step, str] = {
    Step.HALF: "期限までの半分が過ぎました。",
    Step.MOST: "期限までの8割が過ぎました。",
    Step.BREACH: "期限を過ぎました。",
}
QUEUE: Mapping[Queue, str] = {
    Queue.UNAPPROVED: "未承認",
    Queue.UNASSIGNED: "未割当",
    Queue.DUE_SOON: "期限間近",
    Queue.WAITING_CUSTOMER: "回答待ち",
}
_SHOWN = 8


def clock_line(clock: ClockView) -> str:
    """Return one clock: its state, what is left of it, and when it is due."""
    state = STATE[clock.state]
    if clock.state is ClockState.REMAINING:
        state = f"{state} {span(clock.left)}"
    return f"{CLOCK[clock.kind]}: {state}({labels.absolute(clock.due)} まで)"


def span(left: timedelta) -> str:
    """Return a span of time, rounded down to minutes."""
    minutes = int(left / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    return f"{hours}時間{rest}分" if hours else f"{rest}分"


def queue_parts(found: Mapping[Queue, tuple[Watched, ...]]) -> list[Part]:
    """Return the queues as the staff's Home shows them."""
    parts: list[Part] = []
    for queue, items in found.items():
        parts.append(Heading(text=f"{QUEUE[queue]} {len(items)}件"))
        pairs = tuple((item.ticket.id, _row(item)) for item in items[:_SHOWN])
        if pairs:
            parts.append(Fields(pairs=pairs))
        if len(items) > _SHOWN:
            parts.append(Context(text=f"ほかに {len(items) - _SHOWN}件"))
    return parts


def search_result(said: str, found: Sequence[Ticket]) -> Message:
    """Return what a search for `said` found, newest first."""
    pairs = tuple((ticket.id, f"{labels.STATUS[ticket.status]} {ticket.summary}") for ticket in found)
    lead = (
        f"「{cut(said)}」を含む受付: {len(found)}件" if found else f"「{cut(said)}」を含む受付はありません。"
    )
    return message(Paragraph(text=lead), Fields(pairs=pairs) if pairs else None)


def _row(item: Watched) -> str:
    due = f" 期限 {labels.absolute(item.next_due)}" if item.next_due else ""
    return f"[{item.ticket.severity}] {item.ticket.summary}{due}"


@words_for.register
def _(reply: desk_replies.ClockReminder) -> Message:
    return message(
        Paragraph(text=f"{reply.ticket_id}: {CLOCK[reply.clock]}の{STEP[reply.step]}"),
        Fields(pairs=(("期限", f"{labels.absolute(reply.due)}(日本時間)"), ("内容", reply.summary))),
    )


@words_for.register
def _(reply: desk_replies.DeskDigest) -> Message:
    rows = [
        (QUEUE[queue], f"{len(tickets)}件" + (f"({_ids(tickets)})" if tickets else ""))
        for queue, tickets in reply.queues
    ]
    return message(
        Paragraph(text=f"{labels.absolute(reply.at)} 現在、対応中の受付は {reply.live} 件です。"),
        Fields(pairs=tuple(rows)),
    )


def _ids(tickets: tuple[str, ...]) -> str:
    more = " ほか" if len(tickets) > _SHOWN else ""
    return "、".join(tickets[:_SHOWN]) + more
