import subprocess
import sys

import pytest

# A fresh interpreter: this one has long loaded everything.
LOADED = """
import pytest, sys
import coodie.testing.plugin
print(*sorted(name for name in sys.modules if name.split(".")[0] in {names}))
"""


def loaded(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def test_the_plugin_loads_neither_pydantic_nor_a_driver_nor_syrupy():
    assert loaded(LOADED.format(names={"pydantic", "pydantic_core", "cassandra", "syrupy"})) == []


def test_of_coodie_it_loads_itself_only():
    assert loaded(LOADED.format(names={"coodie"})) == ["coodie", "coodie.testing", "coodie.testing.plugin"]


def test_recording_needs_neither_pydantic_nor_a_driver():
    code = "import sys\nfrom coodie.testing import RecordingDriver\nwith RecordingDriver(): pass\n"
    code += "print(*{name.split('.')[0] for name in sys.modules} & {'pydantic', 'cassandra', 'pytest', 'syrupy'})"

    assert loaded(code) == []


@pytest.mark.parametrize("name", __import__("coodie.testing").testing.__all__)
def test_every_public_name_is_found(name):
    import coodie.testing

    assert getattr(coodie.testing, name) is not None
    assert name in dir(coodie.testing)


def test_any_other_name_is_an_ordinary_error():
    import coodie.testing

    with pytest.raises(AttributeError, match=r"coodie\.testing.*no attribute 'Nothing'"):
        _ = coodie.testing.Nothing
