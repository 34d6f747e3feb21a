-- How many facts each source told of each day.
-- Grain: one row per day, in the time zone of reports, and source of facts.
-- Kept by: day, source
CREATE OR REPLACE VIEW source_days
(
    day Date COMMENT 'Day on which it happened, in the time zone of reports',
    source String COMMENT 'Which producer recorded it, as in events',
    facts UInt64 COMMENT 'How many facts, each once'
)
AS SELECT
    toDate(occurred_at, '{{timezone}}') AS day,
    toString(events.source) AS source,
    count() AS facts
FROM events FINAL
-- What follows from other facts, and corrections by hand, come when they come.
WHERE source NOT IN ('leadtrace', 'cli')
GROUP BY day, source
COMMENT 'How many facts each source told of each day'
