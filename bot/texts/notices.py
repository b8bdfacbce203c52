"""What customers read about their ticket, from its number to its end."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue import replies as r
from bot.dialogue.actions import Action
from bot.texts import labels
from bot.texts.message import Button, Buttons, Fields, Message, Paragraph, Quote
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
    Move.MERGE: "は同じ内容の受付とまとめて対応します。",
}


@words_for.register
def _(reply: r.TicketMoved) -> Message:
    lead = f"{reply.ticket_id} {_MOVED.get(reply.move, 'の状態が変わりました。')}"
    return message(Paragraph(text=lead), Quote(text=cut(reply.text)) if reply.text else None)


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
