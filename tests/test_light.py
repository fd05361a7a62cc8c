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


def test_the_report_in_a_kernel_waits_for_no_grammar_and_no_page():
    """Of a second's import, IRIs (lark) were two more and nbconvert a half; the page is made elsewhere."""
    heavy = ("lark", "rfc3987_syntax", "nbconvert", "great_expectations", "pandas")
    code = f"import sys\nfrom norwalk_analytics import BoardReport\nprint([one for one in {heavy} if one in sys.modules], 'altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


def test_the_tables_of_a_report_draw_nothing():
    modules = ("quality", "scorecard", "side_by_side", "silence")
    code = f"import sys\nfrom norwalk_analytics.board import {', '.join(modules)}\nprint([one for one in ('altair', 'vl_convert') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
