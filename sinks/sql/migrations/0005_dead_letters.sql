-- Records that could not be understood, as they were, with where they stood and why they were put aside.
CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String) COMMENT 'Topic that the record stood in',
    partition Int32 COMMENT 'Partition that the record stood in; negative for a record that its topic refused',
    offset Int64 COMMENT 'Offset of the record in its partition; with a negative partition, that of the dead letter',
    reason LowCardinality(String) COMMENT 'Short code of why it was put aside, for example schema_invalid',
    error String COMMENT 'Which field broke which rule; never quotes the record',
    key Nullable(String) COMMENT 'Original bytes of the key; NULL if it had none',
    value Nullable(String) COMMENT 'Original bytes of the value; NULL if it had none or was too large to keep' CODEC(ZSTD(1)),
    headers Map(String, String) COMMENT 'Original headers of the record',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the record was written to its topic',
    failed_at DateTime64(3, 'UTC') COMMENT 'When it was put aside; the newest time counts',
    app_version String COMMENT 'Version of Leadtrace that put it aside'
)
ENGINE = ReplacingMergeTree(failed_at)
ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Records that could not be understood, one row per record however often it was put aside; read it with FINAL';
