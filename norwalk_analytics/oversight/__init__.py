"""From accepted rows to figures: measures, intervals, control charts, disclosure control."""
