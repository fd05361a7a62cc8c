"""Loading imports Polars and Narwhals alone."""

import subprocess
import sys

HEAVY = (
    "great_expectations",
    "pandas",
    "altair",
    "IPython",
    "nbconvert",
    "papermill",
    "scipy",
    "openpyxl",
    "jinja2",
)
CODE = """
import sys
import norwalk_analytics
norwalk_analytics.load_district({folder!r})
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_loading_the_sample_imports_nothing_heavy(sample_folder):
    code = CODE.format(folder=str(sample_folder), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
