from __future__ import annotations

from pathlib import Path

from stackctl.images.certificates import PLACES, ca_bundle


def test_what_the_user_says_goes_first() -> None:
    assert ca_bundle({"SSL_CERT_FILE": "/my.pem"}, lambda _path: True) == Path("/my.pem")


def test_a_place_that_is_not_there_is_passed_over() -> None:
    assert ca_bundle({"SSL_CERT_FILE": "/gone.pem"}, lambda path: str(path) == PLACES[1]) == Path(PLACES[1])


def test_no_bundle_is_no_secret() -> None:
    assert ca_bundle({}, lambda _path: False) is None
