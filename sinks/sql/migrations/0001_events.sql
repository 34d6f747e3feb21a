-- Every fact as recorded, one row per event id: what BI can look into, and a rebuild can start from.
CREATE TABLE IF NOT EXISTS events
(
    event_id UUID COMMENT 'Id of the fact; copies of one fact have the same id and are one row',
    type LowCardinality(String) COMMENT 'What happened, for example page_viewed or deal_recorded',
    subject String COMMENT 'Identifier whose fact it is, for example anon:…, crm:<system>:<id> or deal:<system>:<id>',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened',
    received_at DateTime64(3, 'UTC') COMMENT 'When Leadtrace learnt it',
    source LowCardinality(String) COMMENT 'Which producer recorded it',
    schema_version UInt8 COMMENT 'Version of the shape of the payload',
    fingerprint String COMMENT '32 hex digits that are equal for equal content, whenever it was received',
    payload String COMMENT 'The whole fact as JSON' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'Larger for the copy of an event id that counts: the earliest received',
    INDEX by_subject subject TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY event_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Every fact as recorded, one row per event id; read it with FINAL';
