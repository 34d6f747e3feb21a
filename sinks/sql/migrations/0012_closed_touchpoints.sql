-- Touchpoints that nothing new changes come once, in records of their own, and snapshots name them. The loader
-- makes snapshots whole before they become rows, so nobody else needs this table: in journeys all of them stand.
-- A load asks for some hundreds of people, a few touchpoints each: hence the small granules.
CREATE TABLE IF NOT EXISTS closed_touchpoints
(
    person String COMMENT 'Id of the person',
    ref String COMMENT 'What the snapshots of this person call the touchpoint; it follows from what it says',
    record String COMMENT 'The touchpoint as it came, as JSON' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (person, ref)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 256
COMMENT 'For the loader alone: touchpoints that snapshots name instead of carrying them; in journeys they stand themselves';
