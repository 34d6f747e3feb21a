-- What sales says of a lead, in the words of the policy beside those of the CRM.
-- Of rows that were written before, nothing is known but that each follow-up counted as an answer.
ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS canonical_grade String
    COMMENT 'What the newest grade means; empty without one, or if the policy does not know it'
    AFTER tags;

ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS graded_at Nullable(DateTime64(3, 'UTC'))
    COMMENT 'When sales gave the newest grade; NULL without one'
    AFTER canonical_grade;

ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS canonical_tags Array(String)
    COMMENT 'What the tags mean, as far as the policy knows them'
    AFTER graded_at;

ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS `follow_ups.canonical_category` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id)
    COMMENT 'What the category means; empty if the policy does not know it'
    AFTER `follow_ups.owner`;

ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS `follow_ups.canonical_grade` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id)
    COMMENT 'What the grade means; empty if the policy does not know it'
    AFTER `follow_ups.canonical_category`;

ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS `follow_ups.canonical_tags` Array(Array(String)) DEFAULT arrayMap(id -> CAST([], 'Array(String)'), follow_ups.id)
    COMMENT 'What the tags mean, as far as the policy knows them'
    AFTER `follow_ups.canonical_grade`;

ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS `follow_ups.is_answer` Array(Bool) DEFAULT arrayMap(id -> true, follow_ups.id)
    COMMENT 'Whether it answers the lead, by the policy'
    AFTER `follow_ups.canonical_tags`;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS canonical_grade String
    COMMENT 'What the newest grade means; empty without one, or if the policy does not know it'
    AFTER tags;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS graded_at Nullable(DateTime64(3, 'UTC'))
    COMMENT 'When sales gave the newest grade; NULL without one'
    AFTER canonical_grade;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS canonical_tags Array(String)
    COMMENT 'What the tags mean, as far as the policy knows them'
    AFTER graded_at;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS `follow_ups.canonical_category` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id)
    COMMENT 'What the category means; empty if the policy does not know it'
    AFTER `follow_ups.owner`;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS `follow_ups.canonical_grade` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id)
    COMMENT 'What the grade means; empty if the policy does not know it'
    AFTER `follow_ups.canonical_category`;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS `follow_ups.canonical_tags` Array(Array(String)) DEFAULT arrayMap(id -> CAST([], 'Array(String)'), follow_ups.id)
    COMMENT 'What the tags mean, as far as the policy knows them'
    AFTER `follow_ups.canonical_grade`;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS `follow_ups.is_answer` Array(Bool) DEFAULT arrayMap(id -> true, follow_ups.id)
    COMMENT 'Whether it answers the lead, by the policy'
    AFTER `follow_ups.canonical_tags`;
