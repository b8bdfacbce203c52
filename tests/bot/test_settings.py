from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings


def test_settings_read_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MADOGUCHI_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("MADOGUCHI_ADMINS", " U1, U2 ,,")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hidden")
    settings = load_settings()
    assert settings.database == tmp_path / "elsewhere" / "desk.db"
    assert settings.admin_ids == frozenset({"U1", "U2"})
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-hidden"


def test_settings_never_show_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hidden")
    assert "hidden" not in f"{load_settings()!r}{load_settings()}"


@pytest.mark.parametrize(
    "name",
    ["MADOGUCHI_STAF", "MADOGUCHI_HOME_DIR", "madoguchi_staf", "MADOGUCHI_SLACK_BOT_TOKEN", "MADOGUCHI_"],
)
def test_settings_refuse_unknown_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.name == name


def test_settings_refuse_unknown_name_in_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MADOGUCHI_STAF=U1\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.name == "MADOGUCHI_STAF"


def test_settings_prefer_environment_to_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "MADOGUCHI_STAFF_CHANNEL=C-FILE\nMADOGUCHI_STAFF=U-FILE\nOTHER_TOOL=1\n", encoding="utf-8"
    )
    monkeypatch.setenv("MADOGUCHI_STAFF", "U-ENVIRONMENT")
    settings = load_settings()
    assert (settings.staff_channel, settings.staff) == ("C-FILE", "U-ENVIRONMENT")


def test_settings_name_unusable_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADOGUCHI_SECOND_APPROVER", "perhaps")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.name == "second_approver"
