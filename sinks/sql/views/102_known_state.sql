-- What all reports stand on: until when facts are known, and by which policy journeys are derived.
-- Grain: one row per database; none while nothing is known.
CREATE OR REPLACE VIEW known_state
(
    known_until DateTime64(3, 'UTC') COMMENT 'When the newest fact behind any journey was received',
    policy_version String COMMENT 'Hash of the policy that the journey with that fact was derived with'
)
AS SELECT
    max(known_at) AS known_until,
    argMax(policy_version, (known_at, version)) AS policy_version
-- Replaced ones, too: the newest is so among all.
FROM journeys
HAVING count() > 0
COMMENT 'What all reports stand on: until when facts are known, and by which policy journeys are derived';
