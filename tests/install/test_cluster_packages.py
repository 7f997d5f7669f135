"""What several computers need is installed when it is asked for."""

import shutil

from tests.install.conftest import SmallProject


def test_what_a_cluster_needs_comes_on_demand_and_stays(installed: SmallProject) -> None:
    assert not (installed.site_packages / "shared").exists()
    assert installed.run("--cluster", script="install.sh").returncode == 0
    shutil.rmtree(installed.site_packages / "shared")
    assert installed.run("x").returncode == 0
    assert (installed.site_packages / "shared/__init__.py").is_file()
    assert not (installed.site_packages / "tested").exists()
