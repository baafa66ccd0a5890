"""The mathematics stands alone: no page library, and the slow ones only when they are needed."""

import subprocess
import sys

CODE = """
import importlib, pkgutil, sys
import nnlib
for module in pkgutil.walk_packages(nnlib.__path__, "nnlib."):
    importlib.import_module(module.name)
    print(module.name)
for name in ("streamlit", "plotly", "sklearn", "scipy", "pandas", "joblib", "dask", "distributed"):
    assert name not in sys.modules, name
"""


def test_importing_all_of_nnlib_loads_no_page_library_and_nothing_slow():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {"nnlib.run", "nnlib.fast.kernel", "nnlib.config", "nnlib.data"} <= set(
        done.stdout.split()
    )
