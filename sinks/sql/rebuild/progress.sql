-- What is known of a rebuild: under which policy it was begun, who works on it, which slices are done.
CREATE TABLE IF NOT EXISTS rebuild__{{name}}
(
    `entry` LowCardinality(String) COMMENT 'begun, worker, prepared, slice or complete',
    `number` UInt32 COMMENT 'Number of the slice, or of the part that somebody works on; else 0',
    `said` String COMMENT 'What there is to say of it, as JSON',
    `at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was written; the newest counts'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (entry, number)
COMMENT 'How far the rebuild {{name}} is; kept by the command rebuild';
