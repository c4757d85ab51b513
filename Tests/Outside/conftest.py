import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import outside  # noqa: E402  (the path above)


@pytest.fixture(scope="session")
def binary():
    path = os.environ.get("TRACKER_BIN") or str(outside.harness.ROOT / ".build" / "release" / "tracker")
    assert os.access(path, os.X_OK), "TRACKER_BIN must name the built tracker, not %r (scripts/test builds it)" % path
    return path


@pytest.fixture
def dice(request):
    """Random numbers from a seed that is printed; TRACKER_SEED repeats a run."""
    dice, seed = outside.seeded()
    outside.say("TRACKER_SEED=%d %s" % (seed, request.node.name))
    return dice
