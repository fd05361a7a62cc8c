"""Figures to pictures, words and pages: what the Board reads."""

import sys
from importlib import import_module

if not {"jsonschema", "rfc3987_syntax"} & set(sys.modules):
    # Altair and nbformat bring jsonschema in, which builds a grammar of IRIs for some two seconds wherever JupyterLab
    # is installed. Nothing here checks an IRI, so it is imported as if that package were not there.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        import_module("jsonschema")
    finally:
        del sys.modules["rfc3987_syntax"]
