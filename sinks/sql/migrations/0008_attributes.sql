-- What else the CRM says: industry, region, number of employees, whatever the mapping keeps.
-- Rows that were written before have none until their journeys are derived again.
ALTER TABLE journeys
    ADD COLUMN IF NOT EXISTS attributes Map(String, String)
    COMMENT 'What else the CRM says of the person, in its words: of each name the newest value'
    AFTER lead_source;

ALTER TABLE journey_versions
    ADD COLUMN IF NOT EXISTS attributes Map(String, String)
    COMMENT 'What else the CRM says of the person, in its words: of each name the newest value'
    AFTER lead_source;

ALTER TABLE opportunities
    ADD COLUMN IF NOT EXISTS attributes Map(String, String)
    COMMENT 'What else the CRM says of the deal, in its words: of each name the newest value'
    AFTER poc_reason;
