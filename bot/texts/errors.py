"""One Japanese sentence per error class: what happened and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import errors as bot_errors
from bot.texts import labels, models
from bot.tickets.lifecycle import Move
from bot.tickets.rules import Unfit
from bot.tickets.ticket import TicketStatus
from classifiers import errors as classifier_errors
from knowledge import errors as knowledge_errors

#: Error class -> sentence; `{…}` are the error's own fields.
SENTENCES: Mapping[type[Exception], str] = {
    bot_errors.SettingsError: "設定 {name} を確認してください: {reason}",
    bot_errors.StoreBusy: (
        "データベースは別の madoguchi が使用中です。動いているものを止めてからもう一度実行してください。"
    ),
    bot_errors.StoreCorrupt: (
        "データベースが壊れています。バックアップから復元してください(madoguchi restore)。"
    ),
    bot_errors.StoreFull: (
        "ディスクに空きがないため保存できません。空きを作ってください。受け付けられなかった発言は後で届きます。"
    ),
    bot_errors.StaleVersion: "ほかの人が先に変更しました。最新の内容を確認してからやり直してください。",
    bot_errors.StoreError: "データベースを開けません。場所と空き容量、権限を確認してください: {message}",
    bot_errors.NotAllowed: "この操作はできません。",
    bot_errors.NotFound: "この操作はできません。",
    bot_errors.TicketsOpen: (
        "対応中の受付票があります({message})。終えてからもう一度実行するか、--force を付けてください。"
    ),
    bot_errors.MoveRefused: "今の状態({status})ではこの操作({move})はできません。",
    bot_errors.MoveUnfit: "{reason}",
    bot_errors.ScriptError: "台本 {file} の {where} を直してください: {reason}",
    bot_errors.InputFileError: "ファイル {file} を読めません: {reason}",
    bot_errors.Unreachable: "Slack から応答がありません。通信を確認してください。自動でやり直します。",
    bot_errors.RateLimited: "Slack の呼び出しが多すぎます。{retry_after} 秒後に自動でやり直します。",
    bot_errors.Refused: "Slack が {method} を受け付けませんでした({code})。アプリの権限を確認してください。",
    classifier_errors.DataFileError: "{file} の {key} を直してください: {reason}",
    classifier_errors.ExampleError: "{file} の {line} 行目を直してください: {reason}",
    classifier_errors.ModelMissing: ("分類モデルがありません。madoguchi train を実行してください: {message}"),
    classifier_errors.ModelOutdated: (
        "モデル {version} は前の版のプログラムで作られています。madoguchi train で作り直してください。"
    ),
    classifier_errors.ModelRefused: (
        "モデル {version} は使えません({reason})。madoguchi train で作り直すか、rollback してください。"
    ),
    classifier_errors.ModelUnsaved: (
        "モデルを保存できません。ディスクの空きと権限を確認してください。今のモデルはそのままです: {message}"
    ),
    classifier_errors.TrainingUnderWay: "ほかの学習が進行中です。終わってからもう一度実行してください。",
    classifier_errors.TrainingError: "この学習データでは学習できません: {message}",
    knowledge_errors.PackError: "ポリシー {file} の {key} を直してください: {reason}",
    knowledge_errors.UnknownPolicy: "ポリシー「{policy_id}」はありません。使えるもの: {known}",
    knowledge_errors.DecisionInputError: "{field} を直してください: {reason}",
    knowledge_errors.CalendarHorizonError: (
        "{year} 年の祝日がわかりません。カレンダーは {first} 年から {last} 年までです。"
    ),
    knowledge_errors.ContractFileError: "契約ファイルに誤りがあります。何も取り込んでいません。\n{message}",
    knowledge_errors.FaqEntryError: "FAQ {file} の {key} を直してください: {reason}",
    knowledge_errors.FaqSettingsError: "FAQ の検索設定 {file} の {key} を直してください: {reason}",
    knowledge_errors.FaqIndexError: "FAQ の索引が古くなっています。作り直してください: {message}",
}


#: Kind of TrainingError -> why.
TRAINING: Mapping[str, str] = {
    "too_few": "例文が {count} 件しかありません({least} 件以上必要です)。",
    "one_label": "ラベルが{labels}の1種類しかありません。",
    "no_example": "{labels}の例文が1件もありません。",
    "broken": "例文に誤りが {count} 件あります: {problems}",
}
#: Kind of Problem -> what it is.
PROBLEM: Mapping[str, str] = {
    "duplicate_id": "idの重複",
    "contradiction": "同じ文章でラベルが矛盾",
}


def sentence(error: Exception) -> str:
    """Return what people are told of an error; a class without words tells its own message."""
    for kind in type(error).__mro__:
        if kind in SENTENCES:
            return SENTENCES[kind].format_map(_fields(error))
    return f"予期しない問題が起きました({type(error).__name__})。ログを確認してください。"


def _fields(error: Exception) -> Mapping[str, Any]:
    fields = dict(vars(error))
    fields["message"] = str(error)
    if isinstance(error, classifier_errors.TrainingError) and error.kind:
        fields["message"] = TRAINING[error.kind].format_map(_training(error.facts))
    if isinstance(error, bot_errors.MoveRefused):
        fields["status"] = labels.STATUS[TicketStatus(error.status)]
        fields["move"] = labels.MOVE[Move(error.move)]
    if isinstance(error, bot_errors.MoveUnfit):
        fields["reason"] = labels.UNFIT[Unfit(error.reason)]
    if isinstance(fields.get("known"), tuple):
        fields["known"] = "、".join(fields["known"])
    return fields


def _training(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    found = dict(facts)
    if "target" in found:
        target = str(found["target"])
        found["labels"] = "、".join(models.what(f"{target}:{label}") for label in found["labels"])
    if "problems" in found:
        found["problems"] = "、".join(
            f"{PROBLEM.get(each.kind, each.kind)}({'・'.join(filter(None, (each.first, each.second)))})"
            for each in found["problems"]
        )
    return found
