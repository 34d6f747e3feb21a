-- Pages of visits follow from the facts in events, and no report reads them: the journeys carry them no more.
ALTER TABLE journeys
    DROP COLUMN IF EXISTS `page_visits.touchpoint`,
    DROP COLUMN IF EXISTS `page_visits.at`,
    DROP COLUMN IF EXISTS `page_visits.url`,
    DROP COLUMN IF EXISTS `page_visits.title`,
    DROP COLUMN IF EXISTS `page_visits.dwell_ms`;

ALTER TABLE journey_versions
    DROP COLUMN IF EXISTS `page_visits.touchpoint`,
    DROP COLUMN IF EXISTS `page_visits.at`,
    DROP COLUMN IF EXISTS `page_visits.url`,
    DROP COLUMN IF EXISTS `page_visits.title`,
    DROP COLUMN IF EXISTS `page_visits.dwell_ms`;
