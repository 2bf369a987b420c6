from pathlib import Path

import pytest

from core_app.settings import Settings, SettingsError, load


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "mongo").write_text("m-secret\n")
    (tmp_path / "redis").write_text("r-secret")
    return {"MONGODB_PASSWORD_FILE": str(tmp_path / "mongo"), "REDIS_PASSWORD_FILE": str(tmp_path / "redis")}


def test_defaults_and_secret_files(environ: dict[str, str]) -> None:
    settings = load(environ)
    assert settings.mongodb.password == "m-secret"
    assert settings.redis.password == "r-secret"
    assert (settings.port, settings.log_level, settings.reload) == (8080, "info", False)
    assert (settings.cache_ttl, settings.deadline) == (60, 2.0)


def test_values_come_from_the_environment(environ: dict[str, str]) -> None:
    settings = load(environ | {"LISTEN_PORT": "9", "LOG_LEVEL": "DEBUG", "RELOAD": "true", "DEADLINE_SECONDS": "0.5"})
    assert (settings.port, settings.log_level, settings.reload, settings.deadline) == (9, "debug", True, 0.5)


def test_an_empty_variable_is_an_unset_one(environ: dict[str, str]) -> None:
    assert load(environ | {"MONGODB_HOST": ""}).mongodb.host == "mongodb"


def test_a_password_is_never_printed(environ: dict[str, str]) -> None:
    settings: Settings = load(environ)
    assert "secret" not in repr(settings)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    environ = {
        "MONGODB_PASSWORD_FILE": str(tmp_path / "missing"),
        "REDIS_PASSWORD_FILE": str(tmp_path / "empty"),
        "LISTEN_PORT": "70000",
        "DEADLINE_SECONDS": "nan",
        "CACHE_TTL_SECONDS": "1e3",
        "LOG_LEVEL": "loud",
        "RELOAD": "perhaps",
    }
    with pytest.raises(SettingsError) as caught:
        load(environ)
    for name in environ:
        assert name in str(caught.value)
