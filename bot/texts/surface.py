"""What is said by Slack's own surfaces around the talk: refusals, the Home tab, suggested prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogue.actions import Action
from bot.texts import labels
from bot.texts.message import (
    Button,
    Buttons,
    Confirm,
    Context,
    Divider,
    Fields,
    Heading,
    Message,
    Paragraph,
    Part,
    Style,
)
from bot.texts.wording import message
from bot.tickets.ticket import Ticket, TicketStatus

#: Said to everybody who may not, whatever the reason: unknown and forbidden look the same.
REFUSED = "この操作はできません。"
NOT_YOURS = "このボタンは、お問い合わせをした方だけが使えます。追加の情報は、どなたでもこの会話に書けます。"
CHANGED = "ほかの人が先に変更しました。最新の内容を確認してから、もう一度操作してください。"
PRESS_AGAIN = "画面を開けませんでした。もう一度ボタンを押してください。"
#: The same words for every failure: nobody learns which part was wrong.
NOT_IDENTIFIED = (
    "ご契約を確認できませんでした。ご契約者名、お客様番号、契約期間をご確認ください。"
    "わからないときは、社内のご契約担当者または管理者の方にお尋ねください。"
)
#: Another talk about the same message is under way.
ALREADY = "この発言は、もう受け付けています。"
#: The line that Slack shows while an answer is on its way.
WORKING = "内容を確認しています…"
#: In the direct talk that is begun where the bot is not in the channel of the message.
FROM_MESSAGE = "次の発言について、お問い合わせを受け付けました。"
NO_WORDS = "この発言には文字がありません。お困りのことを文字で書いてください。"
STARTED = "メッセージタブでお話をうかがいます。"
FORGOTTEN = "メッセージタブで結果をお知らせします。"
HELP = (
    "お困りのことは、メッセージタブかチャンネルでのメンションで、そのままの言葉で書いてください。\n"
    "/madoguchi status: 自分のお問い合わせの状況を見る\n"
    "/madoguchi 新規: メッセージタブで新しく問い合わせる\n"
    "/madoguchi 契約解除: 覚えているご契約との結び付けを解除する\n"
    "発言に 🎫 を付けるか、発言のメニューの「この発言からチケット」でも受け付けます。"
)
#: Words typed after the command, each for one thing.
STATUS_WORDS = frozenset({"status", "状況", "一覧"})
NEW_WORDS = frozenset({"new", "新規", "新規お問い合わせ"})
FORGET_WORDS = frozenset({"forget", "契約解除", "解除"})
#: Before the words that staff look for.
SEARCH_WORDS = frozenset({"search", "検索"})
LEFT_OUT = "長いため、一部を省略しています。"
NO_TEXT = "お知らせがあります。"

#: Title and message of what the Messages tab suggests; the manifest holds the same ones.
PROMPTS: tuple[tuple[str, str], ...] = (
    ("障害を報告する", "障害を報告したいです。"),
    ("使い方を質問する", "使い方を質問したいです。"),
    ("パスワードの再発行", "パスワードを忘れた社員がいます。再発行の方法を教えてください。"),
    ("担当者と話す", "担当者と話したいです。"),
)


def home(tickets: Sequence[Ticket], desk: Sequence[Part] = (), notice: str = "") -> Message:
    """Return the Home tab of somebody with these tickets, newest first; `desk` is what only staff see."""
    return message(
        Paragraph(text=notice) if notice else None,
        Heading(text="サポート窓口 madoguchi"),
        Paragraph(
            text="お困りのことを、メッセージタブかチャンネルでのメンションで、そのままの言葉で書いてください。"
        ),
        Buttons(
            buttons=(
                Button(action=Action.NEW_INQUIRY, label="新規お問い合わせ", style=Style.PRIMARY),
                Button(action=Action.FORGET_CONTRACT, label="契約の解除", confirm=_FORGET),
            )
        ),
        Divider(),
        *desk,
        *own_tickets(tickets).parts,
    )


def own_tickets(tickets: Sequence[Ticket]) -> Message:
    """Return somebody's tickets, newest first, each with what can be done to it."""
    rows = [part for ticket in tickets for part in _own(ticket)]
    if not rows:
        rows = [Paragraph(text="受付中のお問い合わせはありません。")]
    return message(Heading(text="あなたのお問い合わせ"), *rows)


def _own(ticket: Ticket) -> tuple[Part, ...]:
    due = f" / 初回応答の期限 {labels.absolute(ticket.due_at)}" if ticket.due_at else ""
    actions = _OWN_ACTIONS.get(ticket.status, _WHILE_OPEN)
    buttons = tuple(
        Button(action=action, label=label, value=ticket.id, confirm=confirm)
        for action, label, confirm in actions
    )
    return (
        Fields(pairs=((ticket.id, f"{labels.STATUS[ticket.status]} {ticket.summary}"),)),
        Context(text=f"受付 {labels.absolute(ticket.created_at)}{due}"),
        *((Buttons(buttons=buttons),) if buttons else ()),
    )


_FORGET = Confirm(
    title="契約の解除",
    text="覚えているご契約との結び付けを解除します。よろしいですか。",
    yes="解除する",
    no="戻る",
)
_CLOSE = Confirm(
    title="完了にする", text="このお問い合わせを終わりにします。よろしいですか。", yes="完了にする", no="戻る"
)
_OwnActions = tuple[tuple[Action, str, Confirm | None], ...]
_WHILE_OPEN: _OwnActions = (
    (Action.OWN_ADD, "情報を追加", None),
    (Action.OWN_SEVERITY, "重大度の相談", None),
    (Action.OWN_CLOSE, "完了にする", _CLOSE),
)
_OWN_ACTIONS: Mapping[TicketStatus, _OwnActions] = {
    TicketStatus.RESOLVED: ((Action.OWN_REOPEN, "再開する", None), (Action.OWN_CLOSE, "完了にする", _CLOSE)),
    TicketStatus.CLOSED: ((Action.OWN_REOPEN, "再開する", None),),
    TicketStatus.REJECTED: (),
    TicketStatus.MERGED: (),
}
#: What a person reads on each of these buttons, and on the one that forgets the contract.
LABELS: Mapping[Action, str] = {
    Action.FORGET_CONTRACT: "契約の解除",
    **{action: label for actions in (_WHILE_OPEN, *_OWN_ACTIONS.values()) for action, label, _ in actions},
}
