"""A working folder: all that an analyst needs to begin, from an installed package alone."""

from norwalk_analytics.working_folder.writing import write_working_folder

__all__ = ["write_working_folder"]
