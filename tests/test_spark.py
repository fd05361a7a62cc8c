"""Tables on Spark: the same rows, words, figures and page as in memory."""

import datetime as dt
import shutil

import narwhals as nw
import polars as pl
import pytest
from engines import differences, in_memory
from faulty_tables import as_parquet, write

from norwalk_analytics import UserError, load_district
from norwalk_analytics.oversight.counting import collected

AS_OF = dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def on_spark(spark, faulty_csv, tmp_path_factory):
    from norwalk_analytics.spark import load_district as load

    return load(spark, faulty_csv, out=tmp_path_factory.mktemp("out"))


@pytest.mark.long
def test_planted_faults_in_csv(on_spark, faulty_csv):
    assert differences(load_district(faulty_csv), on_spark) == []


@pytest.mark.long
def test_what_came_stands_in_files(on_spark, faulty_csv):
    """Names that Spark would take for more than names are made plain; nothing else is changed."""
    log = on_spark.tables["exception_log"]
    assert log.unknown == ("My note_2",)
    assert in_memory(log.accepted).columns == log.columns
    assert repr(log).startswith("<exception_log from exception_log.csv: ")
    whole = load_district(faulty_csv).tables["exception_log"]
    assert in_memory(log.problems).height == whole.problems.height


@pytest.mark.long
@pytest.mark.parametrize("ansi", [False])
def test_planted_faults_in_typed_parquet(spark, faulty, header, tmp_path, ansi):
    """Parquet with columns of dates, whole numbers and Booleans beside texts, in several row groups; ANSI on and off."""
    from norwalk_analytics.spark import load_district as load

    folder = write(tmp_path / "parquet", {"exception_log": faulty["exception_log"]}, header, as_parquet)
    path = folder / "exception_log.parquet"
    frame = pl.read_parquet(path)
    local = pl.col("logged_at").str.to_datetime("%Y-%m-%d %H:%M", strict=False)
    moments = local.dt.replace_time_zone("UTC")  # Spark knows no other zone of Parquet
    noon = pl.lit(dt.datetime(2025, 1, 2, 12, 30))
    frame = frame.with_columns(
        moments, pl.when(pl.int_range(pl.len()) % 2 == 0).then(noon).alias("occurred_at")
    )
    frame.write_parquet(path, row_group_size=500)
    spark.conf.set("spark.sql.ansi.enabled", str(ansi).lower())
    try:
        found = load(spark, folder, out=tmp_path / "out")
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
    assert differences(load_district(folder), found) == []


FEW = ["tool_registrations", "exception_log"]


@pytest.fixture(scope="module")
def few(clean_rows, tmp_path_factory):
    """Forty rows of two tables, in two files each."""
    folder = tmp_path_factory.mktemp("few")
    for name in FEW:
        frame = pl.DataFrame(clean_rows[name][:40])
        for part in (0, 1):
            target = folder / f"{name}.csv"
            target.mkdir(exist_ok=True)
            frame[part::2].write_csv(target / f"{name} {part}.csv")
    return folder


def in_two_files(few, tmp_path):
    for name in FEW:
        shutil.copytree(few / f"{name}.csv", tmp_path / "memory" / name)
    return load_district(tmp_path / "memory", as_of=AS_OF)


@pytest.mark.long
def test_several_files(spark, few, tmp_path):
    """A folder of files is one table; each row is named by its own file; partitions decide nothing."""
    from norwalk_analytics.spark import load_district as load

    found = load(spark, {name: str(few / f"{name}.csv") for name in FEW}, as_of=AS_OF, out=tmp_path / "out")
    assert differences(in_two_files(few, tmp_path), found) == []


@pytest.mark.long
def test_frames_of_the_session(spark, few, tmp_path):
    from norwalk_analytics.spark import load_district as load

    frames = {name: spark.read.csv(str(few / f"{name}.csv"), header=True).repartition(3) for name in FEW}
    found = load(spark, frames, as_of=AS_OF, out=tmp_path / "out")
    memory = in_two_files(few, tmp_path)
    for name in FEW:
        one, other = memory.tables[name], found.tables[name]
        assert one.counts == other.counts
        key = one.table.key[0]
        rows = in_memory(other.accepted).sort(key)
        assert rows.equals(one.accepted.sort(key).cast(rows.schema))


@pytest.mark.parametrize(("source", "said"), [
    ({"tool_regs": "x.csv"}, "no table tool_regs"),
    ("/no/such/folder", "none of the three tables"),
    ({"exception_log": "/no/such/exception_log.csv"}, "exception_log: Spark could not do it"),
    ({"exception_log": "/x/exception_log.xlsx"}, "Spark reads .csv and .parquet"),
])  # fmt: skip
def test_what_can_not_be_read_is_a_sentence(spark, source, said):
    from norwalk_analytics.spark import load_district as load

    with pytest.raises(UserError, match=said):
        load(spark, source, as_of=AS_OF)


def test_no_message_holds_a_cell(spark, few, tmp_path, capfd):
    """A file that is cut short, and code that stumbles over a cell on a worker."""
    from norwalk_analytics import spark as ours

    path = tmp_path / "exception_log.parquet"
    pl.DataFrame({"exception_id": ["Jane Canary"] * 10}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError) as error:
        ours.load_district(spark, {"exception_log": str(path)}, as_of=AS_OF)
    with pytest.raises(UserError) as stumbled, ours.without_cells("exception_log"):
        spark.createDataFrame([("Jane Canary",)], "x string").selectExpr("cast(x as int)").collect()
    with pytest.raises(UserError, match="could not be made") as counted:
        words = spark.createDataFrame([("Jane Canary",)], "x string").selectExpr("cast(x as int) as x")
        collected(nw.from_native(words))
    assert "Canary" not in str(counted.value)
    out = capfd.readouterr()
    for text in (str(error.value), str(stumbled.value), out.out, out.err):
        assert "Canary" not in text
    assert error.value.__context__ is None or "Canary" not in str(error.value.__context__)
    assert "CAST_INVALID_INPUT" in str(stumbled.value)


@pytest.mark.long
def test_the_page_is_the_same_but_for_provenance(spark, sample_folder, tmp_path, monkeypatch):
    """The report of the sample on three engines; Spark does not fingerprint its inputs, and nothing else differs."""
    from norwalk_analytics.board.making import make_report

    (tmp_path / "conf").mkdir()
    quick = ["spark.sql.adaptive.enabled false", "spark.sql.codegen.wholeStage false", "spark.ui.enabled false",
             "spark.sql.codegen.factoryMode NO_CODEGEN", "spark.sql.shuffle.partitions 2"]  # fmt: skip
    (tmp_path / "conf" / "spark-defaults.conf").write_text("\n".join(quick))
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path / "conf"))
    pages = {}
    for engine in ("polars", "streaming", "spark"):
        target = tmp_path / f"{engine}.html"
        make_report(target, data=sample_folder, engine=engine)
        pages[engine] = target.read_text(encoding="utf-8").splitlines()
    assert pages["streaming"] == pages["polars"]
    differing = [pair for pair in zip(pages["polars"], pages["spark"], strict=True) if pair[0] != pair[1]]
    assert len(differing) == 1
    assert differing[0][0].startswith("<div><dt>Inputs</dt>")
    assert "exception_log: not fingerprinted" in differing[0][1]
