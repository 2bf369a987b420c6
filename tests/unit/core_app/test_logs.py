import logging

from core_app.logs import Once


def test_a_repeated_warning_passes_once_per_pause() -> None:
    now = 100.0
    once = Once(60.0, clock=lambda: now)
    record = logging.makeLogRecord({"msg": "no collector"})
    assert once.filter(record)
    assert not once.filter(record)
    now = 161.0
    assert once.filter(record)
