import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
SETTINGS = ("TRACKING_SERVICE_URL", "LOCAL_TRACKER_API_KEY", "API_KEY", "LOCAL_TRACKER_USER_ID",
            "INFLUENCER_USER", "TRACKER_DATA", "TRACKER_SPOOL", "XDG_STATE_HOME")


@pytest.fixture(autouse=True)
def clean_environment(tmp_path, monkeypatch):
    """No setting of the machine reaches a test; data and spool are the test's own."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRACKER_SPOOL", str(tmp_path / "spool"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def conformance():
    return HERE.parent.parent / "conformance"


@pytest.fixture(params=["zst", "gz"])
def ending(request, monkeypatch):
    """Both kinds of segment: with `zstandard` and without."""
    import local_tracker_client
    if request.param == "gz":
        monkeypatch.setattr(local_tracker_client, "zstandard", None)
    else:
        assert local_tracker_client.zstandard, "the tests need: pip install zstandard"
    return request.param


def pytest_report_header():
    return "zstd: %s" % (os.popen("zstd --version 2>/dev/null").read().strip() or "missing")
