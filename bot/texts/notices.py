"""What customers read about their ticket, from its number to its end."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import replies as r
from bot.dialogue.actions import Action
from bot.texts import labels
from bot.texts.message import Button, Buttons, Context, Fields, Message, Paragraph, Part, Quote
from bot.texts.wording import closed_note, cut, message, words_for
from bot.tickets.lifecycle import Move

_HUMAN = Button(action=Action.ASK_HUMAN, label="担当者に聞く")


@words_for.register
def _(reply: r.TicketReceived) -> Message:
    decision = reply.understanding.decision
    return message(
        Paragraph(text=f"受け付けました。受付番号は {reply.ticket_id} です。"),
        Fields(pairs=(("初回応答の期限", labels.first_response(decision.first_response)),))
        if decision is not None
        else None,
        closed_note(decision),
        Paragraph(
            text="担当者が内容を確認し、この会話でお知らせします。追加の情報はこのまま書いてください。"
        ),
    )


@words_for.register
def _(reply: r.Noted) -> Message:
    return message(Paragraph(text=f"{reply.ticket_id} に追加しました。担当者に伝わります。"))


@words_for.register
def _(reply: r.Solved) -> Message:
    return message(Paragraph(text="解決してよかったです。ほかにもあれば、このまま書いてください。"))


@words_for.register
def _(reply: r.CancelledReply) -> Message:
    return message(Paragraph(text="取りやめました。またお困りのときは、このまま書いてください。"))


@words_for.register
def _(reply: r.NothingOpen) -> Message:
    return message(
        Paragraph(
            text="そのボタンは今の会話では使えません。最新のメッセージのボタンを押すか、文字で書いてください。"
        )
    )


@words_for.register
def _(reply: r.TicketApproved) -> Message:
    lead = f"{reply.ticket_id} を担当者が承認しました。"
    if reply.corrected:
        lead += "内容を確認し、重大度または分類を直しています。"
    pairs: list[tuple[str, str]] = []
    if reply.severity_label:
        pairs.append(("重大度", reply.severity_label))
    if reply.due:
        pairs.append(("初回応答の期限", f"{labels.absolute(reply.due)} まで(日本時間)"))
    return message(
        Paragraph(text=lead),
        Fields(pairs=tuple(pairs)) if pairs else None,
        Paragraph(text="次は担当者がこの会話でご連絡します。"),
    )


@words_for.register
def _(reply: r.TicketRejected) -> Message:
    return message(
        Paragraph(text=f"{reply.ticket_id} は受け付けできませんでした。"),
        Quote(text=cut(reply.reason)) if reply.reason else None,
        Paragraph(text="内容が違う場合は、このまま続けて書いてください。"),
        Buttons(buttons=(_HUMAN,)),
    )


@words_for.register
def _(reply: r.StaffQuestion) -> Message:
    return message(
        Paragraph(text=f"{reply.ticket_id} について、担当者から質問があります。"),
        Quote(text=cut(reply.question)),
        Paragraph(text="この会話にそのまま書いてお答えください。"),
    )


@words_for.register
def _(reply: r.StaffAnswer) -> Message:
    return message(
        Paragraph(text=f"{reply.ticket_id} について、担当者からの回答です。"), Quote(text=reply.text)
    )


_MOVED: Mapping[str, str] = {
    Move.WAIT: "はお客様のご回答をお待ちしています。",
    Move.RESUME: "の対応を再開しました。",
    Move.CHANGE_SEVERITY: "の重大度を変更しました。",
    Move.RESOLVE: "は解決しました。",
    Move.CLOSE: "を完了にしました。",
    Move.REOPEN: "の対応を再開しました。",
    Move.MERGE: "は同じ内容の受付とまとめて対応します。結果はこの会話でお知らせします。",
    Move.REQUEST_RCA: "の原因調査のご要請を受け付けました。",
    "follow_up": "として、続きを技術的なお問い合わせで受け付けました。",
}


@words_for.register
def _(reply: r.TicketMoved) -> Message:
    lead = f"{reply.ticket_id} {_MOVED.get(reply.move, 'の状態が変わりました。')}"
    facts = (
        ("重大度", reply.severity_label),
        ("初回応答の期限", f"{labels.absolute(reply.due)} まで(日本時間)" if reply.due else ""),
        ("元の受付番号", reply.other),
    )
    shown = tuple(fact for fact in facts if fact[1])
    return message(
        Paragraph(text=lead),
        Fields(pairs=shown) if shown else None,
        Quote(text=reply.text) if reply.text else None,
        *(_satisfaction(reply.ticket_id) if reply.move == Move.CLOSE else ()),
    )


def _satisfaction(ticket_id: str) -> tuple[Part, ...]:
    """The question after closing; the answer can be given and changed at any time."""
    return (
        Paragraph(text="今回の対応はいかがでしたか。"),
        Buttons(
            buttons=(
                Button(action=Action.RATE_GOOD, label="👍 よかった", value=ticket_id),
                Button(action=Action.RATE_BAD, label="👎 よくなかった", value=ticket_id),
                Button(action=Action.OWN_REOPEN, label="再開する", value=ticket_id),
            )
        ),
    )


@words_for.register
def _(reply: r.Rated) -> Message:
    if reply.words:
        return message(Paragraph(text="ご感想をありがとうございます。担当者に伝えます。"))
    lead = (
        "ご回答をありがとうございます。"
        if reply.satisfied
        else "ご回答をありがとうございます。どこを直せばよいか、お聞かせください。"
    )
    ask = Button(action=Action.RATE_WORDS, label="感想を書く", value=reply.ticket_id)
    return message(Paragraph(text=lead), Buttons(buttons=(ask,)))


@words_for.register
def _(reply: r.SeverityAsked) -> Message:
    return message(
        Paragraph(text=f"{reply.ticket_id} の重大度のご相談を担当者に伝えました。この会話でお返事します。"),
        _rule(reply.rule, reply.clause),
    )


_REFUSED: Mapping[str, str] = {
    "not_yours": "この操作はできません。",
    "not_now": "{id} は、今の状態ではその操作ができません。",
    "too_late": "{id} は、再開できる期間を過ぎています。新しいお問い合わせとして、このまま書いてください。",
}


@words_for.register
def _(reply: r.OwnRefused) -> Message:
    return message(
        Paragraph(text=_REFUSED[reply.why].format(id=reply.ticket_id)), _rule(reply.rule, reply.clause)
    )


def _rule(rule: str, clause: str) -> Part | None:
    return Context(text=f"{rule}(根拠: {clause})") if rule else None


@words_for.register
def _(reply: r.ContractForgotten) -> Message:
    if not reply.known:
        return message(Paragraph(text="覚えているご契約はありません。"))
    return message(
        Paragraph(
            text="ご契約との結び付けを解除しました。次のお問い合わせのときに、もう一度ご契約を確認します。"
        )
    )


@words_for.register
def _(reply: r.NumberSeen) -> Message:
    return message(
        Paragraph(
            text="お客様番号が書かれていたため、こちらの記録では伏せました。"
            "ほかの方にも見えますので、番号を書いたメッセージを削除してください。"
            "ご契約の確認は、ボタンで開く専用の画面だけで行います。"
        )
    )


@words_for.register
def _(reply: r.AuditHead) -> Message:
    if reply.first_bad is not None:
        return message(
            Paragraph(
                text=f"監査記録の {reply.first_bad} 行目が壊れています。"
                "madoguchi audit verify で調べてください。"
            )
        )
    return message(
        Paragraph(text=f"{labels.absolute(reply.at)} 現在の監査記録の控えです。"),
        Fields(pairs=(("行数", str(reply.seq)), ("指紋", reply.digest))),
    )


@words_for.register
def _(reply: r.HandedToHuman) -> Message:
    return message(
        Paragraph(
            text=f"自動では読み取れなかったため、担当者が直接確認します。受付番号は {reply.ticket_id} です。"
        )
    )
