import pytest

from coodie.testing import RecordingDriver
from coodie.testing.contract import DriverContract


class TestTheRecordingDriver(DriverContract):
    """A recorder keeps requests, not rows, and refuses nothing."""

    stores = False
    rejected = None

    @pytest.fixture
    def driver(self):
        with RecordingDriver(strict=False) as driver:
            yield driver


class TestASpyAroundADriver(TestTheRecordingDriver):
    @pytest.fixture
    def driver(self):
        return RecordingDriver(RecordingDriver(strict=False))
