"""
deploy/examples/spark/history.py: a Spark job (Structured Streaming) that keeps two Iceberg tables from the topics:

    content_history   every revision, with its content, while it is visible and not deleted
    daily_history     per wiki and day: edits, new pages, edits that were reverted, that were deleted, editors

    spark-submit --packages org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.1,org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.0 \\
        history.py --until-end DIR

May be killed and started again at any time. A batch that was half done is done again, and doing it again changes nothing: whatever an event
says of a revision has the event's place in the order of the source, and the highest place wins. So it does not matter either in
which order Spark reads the topics.
"""

import argparse
import os

from pyspark.sql import SparkSession

CONTENT, CREATE = "mediawiki.page_content_change.v1", "mediawiki.revision-create"
VISIBILITY, TAGS = "mediawiki.revision-visibility-change", "mediawiki.revision-tags-change"

# what is read of events: of page_content_change, and of the older schemas
EVENT = """
    wiki_id STRING, page_change_kind STRING, page STRUCT<page_id: BIGINT>,
    revision STRUCT<rev_id: BIGINT, rev_dt: TIMESTAMP, rev_parent_id: BIGINT, rev_size: BIGINT, rev_sha1: STRING, comment: STRING,
        editor: STRUCT<user_text: STRING>, is_content_visible: BOOLEAN, is_comment_visible: BOOLEAN, is_editor_visible: BOOLEAN,
        content_slots: MAP<STRING, STRUCT<content_body: STRING>>>,
    database STRING, page_id BIGINT, rev_id BIGINT, rev_timestamp TIMESTAMP, rev_parent_id BIGINT, rev_len BIGINT, rev_sha1 STRING,
    comment STRING, performer STRUCT<user_text: STRING>, tags ARRAY<STRING>,
    visibility STRUCT<text: BOOLEAN, comment: BOOLEAN, user: BOOLEAN>
"""

TABLES = ["""
    CREATE TABLE IF NOT EXISTS lake.content_history (
        wiki_id STRING, rev_id BIGINT, page_id BIGINT, rev_dt TIMESTAMP, rev_parent_id BIGINT, user_text STRING, comment STRING,
        rev_size BIGINT, rev_sha1 STRING, content STRING, no_content STRING,
        text_visible BOOLEAN, comment_visible BOOLEAN, user_visible BOOLEAN, visible_at STRING,
        is_reverted BOOLEAN, tagged_at STRING, is_deleted BOOLEAN, live_at STRING)
    USING iceberg PARTITIONED BY (wiki_id, truncate(1000000, rev_id))
    TBLPROPERTIES ('format-version' = '2', 'write.merge.mode' = 'merge-on-read')
""", """
    CREATE TABLE IF NOT EXISTS lake.page_deletion (wiki_id STRING, page_id BIGINT, deleted_at STRING)
    USING iceberg PARTITIONED BY (wiki_id)
""", """
    CREATE TABLE IF NOT EXISTS lake.daily_history (
        wiki_id STRING, day DATE, edits BIGINT, new_pages BIGINT, reverted BIGINT, deleted BIGINT, editors BIGINT)
    USING iceberg PARTITIONED BY (wiki_id)
"""]

# A message as an event and its place: position in the mirror's WAL, transaction, number in it, as text that sorts like them
EVENTS = """
    SELECT topic, h['content'] AS lacking, from_json(CAST(value AS STRING), '%s') AS e,
        concat_ws('-', lpad(split_part(h['lsn'], '/', 1), 8, '0'), lpad(split_part(h['lsn'], '/', 2), 8, '0'),
            lpad(element_at(split(coalesce(h['gtid'], h['request']), '[-.]'), -1), 20, '0'), lpad(h['ordinal'], 20, '0')) AS place
    FROM (SELECT topic, value, map_from_entries(transform(headers, x -> (x.key, CAST(x.value AS STRING)))) AS h FROM batch)
    WHERE value IS NOT NULL
""" % EVENT.replace("\n", " ")

# What each event says of its revision, and then all of them together
SAID = """
    SELECT coalesce(e.wiki_id, e.database) AS wiki_id, coalesce(e.revision.rev_id, e.rev_id) AS rev_id,
        coalesce(e.page.page_id, e.page_id) AS page_id, coalesce(e.revision.rev_dt, e.rev_timestamp) AS rev_dt,
        coalesce(e.revision.rev_parent_id, e.rev_parent_id) AS rev_parent_id, coalesce(e.revision.rev_size, e.rev_len) AS rev_size,
        coalesce(e.revision.rev_sha1, e.rev_sha1) AS rev_sha1,
        CASE topic WHEN '{CONTENT}' THEN e.revision.editor.user_text WHEN '{CREATE}' THEN e.performer.user_text END AS user_text,
        IF(topic = '{CONTENT}', e.revision.comment, e.comment) AS comment,
        e.revision.content_slots['main'].content_body AS content, lacking AS no_content,
        coalesce(e.revision.is_content_visible, e.visibility.text) AS text_visible,
        coalesce(e.revision.is_comment_visible, e.visibility.comment) AS comment_visible,
        coalesce(e.revision.is_editor_visible, e.visibility.user) AS user_visible,
        IF(topic = '{TAGS}', array_contains(e.tags, 'mw-reverted'), NULL) AS is_reverted, place
    FROM events WHERE e.page_change_kind IS NULL OR e.page_change_kind <> 'delete'
"""
REVISIONS = """
    SELECT wiki_id, rev_id, max_by(page_id, place) AS page_id, max(rev_dt) AS rev_dt, max(rev_parent_id) AS rev_parent_id,
        max_by(user_text, place) FILTER (WHERE user_text IS NOT NULL) AS user_text,
        max_by(comment, place) FILTER (WHERE comment IS NOT NULL) AS comment, max(rev_size) AS rev_size, max(rev_sha1) AS rev_sha1,
        max_by(content, place) FILTER (WHERE content IS NOT NULL) AS content, max(no_content) AS no_content,
        max_by(text_visible, place) FILTER (WHERE text_visible IS NOT NULL) AS text_visible,
        max_by(comment_visible, place) FILTER (WHERE text_visible IS NOT NULL) AS comment_visible,
        max_by(user_visible, place) FILTER (WHERE text_visible IS NOT NULL) AS user_visible,
        max(place) FILTER (WHERE text_visible IS NOT NULL) AS visible_at,
        max_by(is_reverted, place) FILTER (WHERE is_reverted IS NOT NULL) AS is_reverted,
        max(place) FILTER (WHERE is_reverted IS NOT NULL) AS tagged_at, false AS is_deleted, max(place) AS live_at
    FROM said GROUP BY wiki_id, rev_id
"""


def later(column, at):
    """The value that was said last, in a MERGE of s into t."""
    return "%s = IF(coalesce(s.%s, '') > coalesce(t.%s, ''), s.%s, t.%s)" % (column, at, at, column, column)


MERGE_REVISIONS = """
    MERGE INTO lake.content_history t USING revisions s ON t.wiki_id = s.wiki_id AND t.rev_id = s.rev_id
    WHEN MATCHED THEN UPDATE SET %s, live_at = greatest(t.live_at, s.live_at),
        visible_at = greatest(t.visible_at, s.visible_at), tagged_at = greatest(t.tagged_at, s.tagged_at)
    WHEN NOT MATCHED THEN INSERT *
""" % ", ".join(
    ["%s = coalesce(s.%s, t.%s)" % (column, column, column)
     for column in ("rev_dt", "rev_parent_id", "user_text", "comment", "rev_size", "rev_sha1", "content", "no_content")] +
    [later("page_id", "live_at"), later("is_reverted", "tagged_at")] +
    [later(column, "visible_at") for column in ("text_visible", "comment_visible", "user_visible")])

MERGE_DELETIONS = """
    MERGE INTO lake.page_deletion t USING
        (SELECT e.wiki_id, e.page.page_id, max(place) AS deleted_at FROM events WHERE e.page_change_kind = 'delete' GROUP BY 1, 2) s
    ON t.wiki_id = s.wiki_id AND t.page_id = s.page_id
    WHEN MATCHED THEN UPDATE SET deleted_at = greatest(t.deleted_at, s.deleted_at)
    WHEN NOT MATCHED THEN INSERT *
"""

# Of the batch's pages: a revision is deleted if its page was since it was last seen to live. What is hidden or deleted goes.
TOUCHED = "SELECT DISTINCT coalesce(e.wiki_id, e.database) AS wiki_id, coalesce(e.page.page_id, e.page_id) AS page_id FROM events"
DELETED = "coalesce(t.live_at < s.deleted_at, false)"
HIDDEN = [("content", "text_visible"), ("rev_sha1", "text_visible"), ("rev_size", "text_visible"), ("comment", "comment_visible"),
          ("user_text", "user_visible")]
ERASE = """
    MERGE INTO lake.content_history t USING
        (SELECT p.wiki_id, p.page_id, d.deleted_at FROM touched p LEFT JOIN lake.page_deletion d
         ON d.wiki_id = p.wiki_id AND d.page_id = p.page_id) s
    ON t.wiki_id = s.wiki_id AND t.page_id = s.page_id
    WHEN MATCHED AND (t.is_deleted <> %s OR %s) THEN UPDATE SET is_deleted = %s, %s
""" % (DELETED, " OR ".join("t.%s IS NOT NULL AND (NOT t.%s OR %s)" % (column, bit, DELETED) for column, bit in HIDDEN), DELETED,
       ", ".join("%s = IF(NOT coalesce(t.%s, true) OR %s, NULL, t.%s)" % (column, bit, DELETED, column) for column, bit in HIDDEN))

# The days of these pages, anew: a count of distinct editors cannot be added to
COUNT = """
    MERGE INTO lake.daily_history t USING
        (SELECT wiki_id, to_date(rev_dt) AS day, count(*) AS edits, count_if(coalesce(rev_parent_id, 0) = 0) AS new_pages,
            count_if(is_reverted) AS reverted, count_if(is_deleted) AS deleted, count(DISTINCT user_text) AS editors
         FROM lake.content_history h
         WHERE EXISTS (SELECT 1 FROM days d WHERE d.wiki_id = h.wiki_id AND d.day = to_date(h.rev_dt)) GROUP BY 1, 2) s
    ON t.wiki_id = s.wiki_id AND t.day = s.day
    WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *
"""
DAYS = """
    SELECT DISTINCT h.wiki_id, to_date(h.rev_dt) AS day FROM lake.content_history h
    JOIN touched p ON p.wiki_id = h.wiki_id AND p.page_id = h.page_id
"""


def take(batch, number):
    """One batch of messages into the tables."""
    spark = batch.sparkSession
    batch.persist()
    batch.createOrReplaceTempView("batch")
    spark.sql(EVENTS).createOrReplaceTempView("events")
    spark.sql(SAID.format(CONTENT=CONTENT, CREATE=CREATE, TAGS=TAGS)).createOrReplaceTempView("said")
    spark.sql(REVISIONS).createOrReplaceTempView("revisions")
    spark.sql(TOUCHED).createOrReplaceTempView("touched")
    for statement in (MERGE_REVISIONS, MERGE_DELETIONS, ERASE):
        spark.sql(statement)
    spark.sql(DAYS).createOrReplaceTempView("days")
    spark.sql(COUNT)
    batch.unpersist()


def main():
    parser = argparse.ArgumentParser(description="Keeps Iceberg tables of the wikis' history.")
    parser.add_argument("directory", help="of the tables and of the position in the topics")
    parser.add_argument("--bootstrap", default=os.environ.get("KAFKA_BOOTSTRAP", "localhost:9092"))
    parser.add_argument("--until-end", action="store_true", help="end when all that is there by now was read")
    parser.add_argument("--batch", type=int, default=100000, help="messages at a time")
    options = parser.parse_args()
    spark = (SparkSession.builder.appName("history")
             .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
             .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
             .config("spark.sql.catalog.lake.type", "hadoop")
             .config("spark.sql.catalog.lake.warehouse", os.path.join(options.directory, "tables"))
             .config("spark.sql.session.timeZone", "UTC").getOrCreate())
    for table in TABLES:
        spark.sql(table)
    messages = (spark.readStream.format("kafka").option("kafka.bootstrap.servers", options.bootstrap)
                .option("kafka.isolation.level", "read_committed").option("subscribe", ",".join([CONTENT, CREATE, VISIBILITY, TAGS]))
                .option("startingOffsets", "earliest").option("includeHeaders", "true").option("maxOffsetsPerTrigger", options.batch).load())
    writer = messages.writeStream.foreachBatch(take).option("checkpointLocation", os.path.join(options.directory, "position"))
    trigger = {"availableNow": True} if options.until_end else {"processingTime": "1 minute"}
    writer.trigger(**trigger).start().awaitTermination()
    spark.table("lake.daily_history").orderBy("wiki_id", "day").show(50)


if __name__ == "__main__":
    main()
