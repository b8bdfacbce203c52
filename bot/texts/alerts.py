"""What the staff channel is told when something is wrong with the desk itself."""

from __future__ import annotations

TROUBLE = ":rotating_light: 窓口が発言を保存できません。{sentence}"
GAP = (
    ":rotating_light: <#{channel}> の {since} より後の発言のうち、古いものを読み返せませんでした。"
    "受け付けていないお問い合わせがないか、チャンネルを確認してください。"
)
#: Stands where a very long message was cut.
CUT = "\n…(途中を省きました。全文は Slack の発言にあります)…\n"

NOT_RUNNING = "動いていません"
NOT_CONNECTED = "Slack につながっていません"
SILENT = "Slack から {seconds} 秒応答がありません"
INBOX_OLD = "{seconds} 秒前の発言がまだ処理されていません"
OUTBOX_OLD = "{seconds} 秒前の返信がまだ送られていません"
DEAD = "{count} 件の返信を送れませんでした"
WEBHOOK_DEAD = "Webhook のイベントを {count} 件届けられませんでした"
#: Told to the administrators.
WEBHOOK_GIVEN_UP = (
    ":warning: Webhook の送信先が24時間応答しないため、届けられなかったイベントの送信をやめました。"
    "MADOGUCHI_WEBHOOK_URL の送信先を確認してください。"
)
DISK_LOW = "ディスクの空きが {megabytes} MB しかありません"
NO_MODEL = "分類モデルがありません"
CLOCK_OFF = "時計が Slack と {seconds} 秒ずれています"
BACKED_UP = "{file} に控えを書きました。"
RESTORED = "{file} から戻しました。これまでのデータベースは {kept} にあります。"
VERIFIED = "データベースと監査記録({count} 件)は正しい状態です。"
DAMAGED = "データベースが壊れています: {reason}"
AUDIT_OK = "監査記録 {count} 件は、つながりが正しい状態です。"
AUDIT_BAD = "監査記録の {number} 番目が書き換えられています。バックアップと照合してください。"
EXISTS = "すでにあります"
NOT_A_DATABASE = "madoguchi の控えではありません"
