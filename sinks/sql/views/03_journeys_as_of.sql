-- What was known then: the journeys as ClickHouse held them at a time, journeys_as_of(as_of='2026-10-05 09:00:00').
-- Grain: one row per person who was living then.
-- Columns: all of the table journey_versions, arrays included, without is_deleted.
-- Not known_at but the time of publication decides: only that says what a report could show then. known_at is the
-- newest fact's time, and a person who gave facts away to another one gets an older known_at with a newer version.
CREATE OR REPLACE VIEW journeys_as_of
AS SELECT * EXCEPT is_deleted
FROM journey_versions FINAL
WHERE is_deleted = 0 AND (person, version) IN
(
    SELECT person, max(version)
    FROM journey_versions
    WHERE published_at <= {as_of:DateTime('{{timezone}}')}
    GROUP BY person
)
COMMENT 'What was known then: the journeys as they could be reported at as_of, a time in {{timezone}}';
