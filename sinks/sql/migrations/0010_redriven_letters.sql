-- Dead letters keep headers exactly, say which parts of a record they had no room for, and can be sent again.
ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS header_names Array(String) COMMENT 'Names of the headers of the record, in their order' AFTER headers;

ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS header_values Array(Nullable(String)) COMMENT 'Original bytes of the values of its headers' AFTER header_names;

ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS left_out Array(LowCardinality(String)) COMMENT 'Parts of the record that stand in its topic only: value, key, headers' AFTER header_values;

ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS length Nullable(UInt64) COMMENT 'Length of the value in bytes; NULL if it has none or nobody could read it' AFTER left_out;

ALTER TABLE dead_letters
    ADD COLUMN IF NOT EXISTS sha256 String COMMENT 'SHA-256 of a value that was left out, in hex' AFTER length;

CREATE TABLE IF NOT EXISTS redriven_letters
(
    topic LowCardinality(String) COMMENT 'Topic that the record stood in, as in dead_letters',
    partition Int32 COMMENT 'Partition, as in dead_letters',
    offset Int64 COMMENT 'Offset, as in dead_letters',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the record was written, as in dead_letters',
    outcome LowCardinality(String) COMMENT 'sent: its record stands in its topic once more; loaded: its snapshot is in the tables; superseded: a newer record of its key counts',
    attempt UInt32 COMMENT 'How often that was done with it and with those it is a copy of',
    sent_to_partition Nullable(Int32) COMMENT 'Partition where it stands now; NULL if it was not sent',
    sent_to_offset Nullable(Int64) COMMENT 'Offset where it stands now',
    redriven_at DateTime64(3, 'UTC') COMMENT 'When it was sent again; the newest time counts'
)
ENGINE = ReplacingMergeTree(redriven_at)
ORDER BY (topic, partition, offset, recorded_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Dead letters that were sent again, one row for each; read it with FINAL';
