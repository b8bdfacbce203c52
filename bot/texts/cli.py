"""What the command line says to people."""

from __future__ import annotations

BAD_JSON = "JSON として読めません: {reason}"
NOT_AN_OBJECT = "JSON のオブジェクトではありません"
MISSING = "{field} がありません"
NOT_TEXT = "{field} は文字列で書いてください"
EMPTY_TURNS = "turns は空でない文字列の並びで書いてください"
BAD_INSTANT = "now は時差付きの日時で書いてください(例: 2026-11-20T16:30:00+09:00)"
UNREADABLE = "ファイル {file} を読めません: {reason}"
INTERRUPTED = "中断しました。"
IMPORTED = "取り込みました: 追加 {new} 件、更新 {changed} 件、全 {count} 件"
MASKED = "お客様番号は伏せて書き出しました。もとの番号は保存していないため、このファイルは取り込めません。"
NO_TICKETS = "受付票はありません。"
NO_SUCH_TICKET = "受付票 {ticket} はありません。"
MOVED = "{ticket}: {status}"
EXPORTED = "{count} 件を {file} に書き出しました。"
NOTHING_LISTED = "何もありません。"
PACK_OK = "{file}: 問題ありません"
TRAINED = "モデル {version} を作成しました。"
CONFIRM_OPERATOR = "操作する人の ID を --actor で指定してください。"
DOCTOR_OK = "すべて問題ありません。"
DOCTOR_BAD = "{count} 件の問題があります。"
EMPTY_FILE = "例文がありません"
CORPUS_CHECKED = "学習用 {train} 件、評価用 {held_out} 件、問題 {count} 件"
LINT_OK = "{count} 件を確かめました。問題ありません。"
LINT_BAD = "{count} 件を確かめました。直す所が {bad} 件あります。"
FAQ_WRITTEN = "{count} 件を {folder} に書きました。"
ERASED = "消去しました。受付票 {count} 件を空にしました。Slack の投稿は Slack で削除してください。"
RETRAIN = "訂正から学んだモデルがあれば、madoguchi train で作り直してください。"
CORRECTED = "{count} 件を訂正しました。"
ONE_OF_BOTH = "--user か --contract のどちらか1つを指定してください"
KEPT = ("氏名(Slack の表示名)", "ご契約者名", "連絡先", "お問い合わせの内容", "Slack のユーザー ID")
NOT_KEPT = ("お客様番号(鍵付きのハッシュと下4桁だけを保存)", "パスワード")
BREACH_DUTIES = (
    "速報: 知った時からおおむね3から5日以内に個人情報保護委員会へ",
    "確報: 30日以内(不正の目的による場合は60日以内)",
    "本人への通知: 状況に応じて速やかに",
)
HTTP_MISSING = "HTTP で動かすには追加の部品が要ります: pip install 'madoguchi[http]'"
NO_GAPS = "答えられなかった質問はありません。"
DRAFTED = "下書き {entry} を保存しました。別の人が確認して、madoguchi faq publish で公開してください。"
PUBLISHED = "{entry} を公開しました。"
