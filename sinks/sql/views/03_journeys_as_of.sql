-- What was known then: the journeys as ClickHouse held them at a time, journeys_as_of(as_of='2026-10-05 09:00:00').
-- Grain: one row per person who was living then.
-- Columns: all of the table journey_versions, arrays included, without is_deleted.
-- It is exact for any time of the last days, as many as the policy says ([retention] all_versions_days), and for each
-- midnight before. At another time before, it shows what was known at the midnight before that, and of the same day
-- what had changed for the last time on it; never anything that came later.
-- Not known_at but the time of publication decides: only that says what a report could show then. known_at is the
-- newest fact's time, and a person who gave facts away to another one gets an older known_at with a newer version.
CREATE OR REPLACE VIEW journeys_as_of
AS WITH newest AS
(
    SELECT person, max(version)
    FROM
    (
        SELECT person, version
        FROM journey_days FINAL
        WHERE published_at <= {as_of:DateTime('{{timezone}}')}
        UNION ALL
        SELECT person, version
        FROM journey_versions
        WHERE published_at <= {as_of:DateTime('{{timezone}}')}
    )
    GROUP BY person
)
SELECT * EXCEPT is_deleted
FROM
(
    SELECT * EXCEPT day
    FROM journey_days FINAL
    WHERE published_at <= {as_of:DateTime('{{timezone}}')} AND (person, version) IN newest
    UNION ALL
    SELECT *
    FROM journey_versions FINAL
    WHERE published_at <= {as_of:DateTime('{{timezone}}')} AND (person, version) IN newest
)
WHERE is_deleted = 0
LIMIT 1 BY person
COMMENT 'What was known then: the journeys as they could be reported at as_of, a time in {{timezone}}';
