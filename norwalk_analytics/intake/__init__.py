"""Files in, rows accepted or set aside, each with its reasons."""
