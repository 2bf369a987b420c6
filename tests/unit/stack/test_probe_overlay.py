from __future__ import annotations

import yaml

from stackctl.stack.probe_overlay import FastCheck, parse_probes, render_probes

CHECKS = {"db": FastCheck(1.0, 90.0), 'o"dd': FastCheck(0.25, 4.5)}


def test_it_is_a_plain_compose_file() -> None:
    model = yaml.safe_load(render_probes(CHECKS))
    assert model["services"]["db"] == {"healthcheck": {"start_interval": "1000ms", "start_period": "90000ms"}}
    assert set(model["services"]) == set(CHECKS)


def test_it_is_read_back_as_it_was() -> None:
    assert parse_probes(render_probes(CHECKS)) == CHECKS


def test_nothing_to_add_is_no_file() -> None:
    assert render_probes({}) == ""


def test_what_somebody_has_changed_is_passed_over() -> None:
    text = render_probes(CHECKS).replace("1000ms", "one second") + "  x: [\n- a\n"
    assert parse_probes(text) == {'o"dd': FastCheck(0.25, 4.5)}
