"""The same questions asked on a Spark cluster: the very SQL of `measures`, over the very files. For years too big for one machine.

pyspark is no dependency: whoever has a cluster has it. A session made with `SETTINGS` answers as DuckDB does; a test holds both
together. `queries.answer(question, ask_on(session))`.
"""

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongban.platforms.statistics import store
from tongban.platforms.statistics.queries import Ask

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def small_cluster(place: Path) -> "Iterator[SparkSession]":
    """A cluster on this machine, of two workers that are processes of their own, to try and to measure on.

    What it writes goes to `place`. Needs pyspark and Java 17.
    """
    import pyspark
    from pyspark.sql import SparkSession

    here = {
        **SETTINGS,
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1", "spark.executor.memory": "512m", "spark.sql.shuffle.partitions": "2",
        "spark.local.dir": str(place), "spark.sql.warehouse.dir": str(place / "warehouse"),
    }  # fmt: skip
    home = {
        "SPARK_HOME": str(Path(pyspark.__file__).parent), "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(place / "work"),
    }  # fmt: skip
    before, folder = {name: os.environ.get(name) for name in home}, Path.cwd()
    os.environ.update(home)
    os.chdir(place)  # the workers leave their logs where they are begun
    try:
        builder = SparkSession.builder.master("local-cluster[2,1,512]").appName("tongban")
        for key, value in here.items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()
    finally:
        os.chdir(folder)
        for name, kept in before.items():
            if kept is None:
                del os.environ[name]
            else:
                os.environ[name] = kept
