"""Which Pythons Seawall accepts."""

import pytest

from simulator.supported_python import complaint


@pytest.mark.parametrize("version", [(3, 11), (3, 12)])
def test_supported_versions_pass(version):
    assert complaint(version) is None


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 13)])
def test_other_versions_get_one_line_with_the_remedy(version):
    line = complaint(version)
    assert "Python %d.%d" % version in line
    assert "3.11 and 3.12" in line
    assert "\n" not in line
