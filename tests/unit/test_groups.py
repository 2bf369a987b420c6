"""Tests of one group share what they start, so they must stay on one worker and in their order."""

import pytest


def test_a_test_can_still_be_renamed(request: pytest.FixtureRequest) -> None:
    """xdist's `--dist loadgroup` adds the group to a test's name; with pytest 9.2 that silently did nothing."""
    node = request.node
    before = node.nodeid
    try:
        node._nodeid = f"{before}@group"
        assert node.nodeid == f"{before}@group"
    finally:
        node._nodeid = before
