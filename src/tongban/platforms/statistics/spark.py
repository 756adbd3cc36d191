"""The same questions asked on a Spark cluster: the very SQL of `measures`, over the very files. For years too big for one machine.

pyspark is no dependency: whoever has a cluster has it. A session made with `SETTINGS` answers as DuckDB does; a test holds both
together. `queries.answer(question, ask_on(session))`.
"""

from typing import TYPE_CHECKING, Any

from tongban.platforms.statistics import store
from tongban.platforms.statistics.queries import Ask

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What a session needs: times of the files are China's and carry no zone; sums that cannot be kept are an error, not a null.
SETTINGS = {
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "Asia/Shanghai",
}
VIEW = "tongban_facts"


def ask_on(session: "SparkSession") -> Ask:
    """What `store.ask` is, on that session, over the files as they are named now. Their folder is where all its nodes see it."""
    names = store.files().names
    if names:
        frame = session.read.parquet(*(str(store.folder() / name) for name in names))
    else:
        frame = session.sql(f"SELECT * FROM VALUES ({', '.join('NULL' for _c in store.COLUMNS)}) WHERE 1 = 0")
        frame = frame.toDF(*store.COLUMNS)
    frame.createOrReplaceTempView(VIEW)

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in session.sql(sql.replace("{facts}", VIEW)).collect()]

    return ask
