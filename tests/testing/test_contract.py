import pytest
from testing.small_driver import Small

from coodie.testing import RecordingDriver, faults
from coodie.testing.contract import DriverContract


class TestTheRecordingDriver(DriverContract):
    """A recorder keeps requests, not rows, and refuses what it is told to."""

    stores = False

    @pytest.fixture
    def driver(self):
        with recorder() as driver:
            yield driver


class TestASpyAroundADriver(DriverContract):
    stores = False

    @pytest.fixture
    def driver(self):
        return RecordingDriver(recorder())


class TestASpyAroundADriverThatStores(DriverContract):
    @pytest.fixture
    def driver(self):
        return RecordingDriver(Small())


def recorder():
    driver = RecordingDriver(strict=False)
    driver.on(cql=DriverContract.rejected.cql).raises(faults.invalid("no such table")).optional()
    return driver
