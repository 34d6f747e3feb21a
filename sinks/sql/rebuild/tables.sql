-- Where a rebuild writes to, like the tables that everybody reads, and the facts that it works on.
CREATE TABLE IF NOT EXISTS journeys__{{name}} AS journeys;

CREATE TABLE IF NOT EXISTS opportunities__{{name}} AS opportunities;

CREATE TABLE IF NOT EXISTS rebuild_facts__{{name}}
(
    `bucket` UInt32 DEFAULT cityHash64(person) % 65536 COMMENT 'One of 65536 that persons are divided among; 65536: telling facts, 65537: what ad platforms tell, by their subject',
    `person` String COMMENT 'Person on whose journey it may stand',
    `key` String COMMENT 'Identifier that it was recorded under',
    `type` LowCardinality(String) COMMENT 'Type of the fact, or identity_assigned, or facts_shared',
    `payload` String COMMENT 'The whole of it as JSON' CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (bucket, person, key)
SETTINGS index_granularity = 1024
COMMENT 'The facts of the rebuild {{name}}, by person; they go when it is complete';
