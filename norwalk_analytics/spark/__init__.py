"""The same rules and measures on PySpark: a state's tables, the same answer.

Cells are typed, and what is wrong with a row is told, where the rows are, batch by batch, by the loader's own code;
whatever asks other rows is a join or a window; rules and measures are the same Narwhals expressions as on Polars.
Only counts and the long table of figures come to the driver.
"""

from norwalk_analytics.spark.loading import load_district as load_district
from norwalk_analytics.spark.sessions import session as session
from norwalk_analytics.spark.sessions import without_cells as without_cells
