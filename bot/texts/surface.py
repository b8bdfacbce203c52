"""What is said by Slack's own surfaces around the talk: refusals, the Home tab, suggested prompts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.actions import Action
from bot.texts import labels
from bot.texts.message import (
    Button,
    Buttons,
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
from bot.tickets.ticket import Ticket

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
LEFT_OUT = "長いため、一部を省略しています。"
NO_TEXT = "お知らせがあります。"

#: Title and message of what the Messages tab suggests; the manifest holds the same ones.
PROMPTS: tuple[tuple[str, str], ...] = (
    ("障害を報告する", "障害を報告したいです。"),
    ("使い方を質問する", "使い方を質問したいです。"),
    ("パスワードの再発行", "パスワードを忘れた社員がいます。再発行の方法を教えてください。"),
    ("担当者と話す", "担当者と話したいです。"),
)


def home(tickets: Sequence[Ticket]) -> Message:
    """Return the Home tab of somebody with these tickets, newest first."""
    rows: list[Part] = []
    for ticket in tickets:
        due = f" / 初回応答の期限 {labels.absolute(ticket.due_at)}" if ticket.due_at else ""
        rows.append(Fields(pairs=((ticket.id, f"{labels.STATUS[ticket.status]} {ticket.summary}"),)))
        rows.append(Context(text=f"受付 {labels.absolute(ticket.created_at)}{due}"))
    if not rows:
        rows.append(Paragraph(text="受付中のお問い合わせはありません。"))
    return message(
        Heading(text="サポート窓口 madoguchi"),
        Paragraph(
            text="お困りのことを、メッセージタブかチャンネルでのメンションで、そのままの言葉で書いてください。"
        ),
        Buttons(buttons=(Button(action=Action.NEW_INQUIRY, label="新規お問い合わせ", style=Style.PRIMARY),)),
        Divider(),
        Heading(text="あなたのお問い合わせ"),
        *rows,
    )
