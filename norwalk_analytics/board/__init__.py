"""Figures to pictures, words and pages: what the Board reads."""
