"""What the terminal says around the conversation."""

from __future__ import annotations

BOT_TITLE = "madoguchi"
STAFF_TITLE = "サポート担当"
CUSTOMER_TITLE = "お客様"
WELCOME = (
    "これは madoguchi の体験版です。Slack もトークンも通信も使いません。データは終了時に消えます。\n"
    "お客様としてメッセージを書き、途中で担当者の役も体験できます。"
)
WELCOME_OWN = "ご自身のデータベースで会話します。終わるときは「終了」と入力してください。"
CHOOSE_POLICY = "どのご契約のお客様になりますか。番号を入力してください。"
CHOOSE_AGAIN = "一覧の番号を入力してください。"
SAMPLE_CONTRACT = "この体験用のご契約: ご契約者名「{holder}」、お客様番号「{number}」"
SAMPLES = "例: {examples}"
PROMPT = "お客様> "
STAFF_PROMPT = "番号を選ぶか、お客様としての続きを書いてください。「終了」で終わります。"
PRESSED = "{label} を押しました"
IDENTIFIED = "ご契約の確認の「確認する」"
FORM_REQUIRED = "この項目は入力が必要です。"
FORM_OPTIONAL = "(省略可)"
FORM_CHOOSE = "番号を入力してください"
TICK_PROMPT = "試した手順の番号を、空白で区切って入力してください(なければ空のまま)"
STAFF_HEADING = "担当者の操作"
CUSTOMER_HEADING = "お客様の操作"
GOODBYE = "体験を終わります。データは残っていません。"
GOODBYE_OWN = "会話を終わります。内容は保存されています。"
END_WORDS = frozenset({"終了", "おわり", "exit", "quit"})
LOADING = "準備しています…"
TRAINING = "内蔵の分類モデルを学習しています(初回だけです)"
OUTCOME = "結果"
NO_TICKET = "受付票はありません。"
EXAMPLES = (
    "全社でメールが送受信できません",
    "Excelの表を1ページに印刷する方法は?",
    "パスワードを忘れた社員がいます",
)
POLICY_LINE = "{number}. {name}({policy})"
