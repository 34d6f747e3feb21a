-- By what people can be told apart in the words of the CRM: owner, region, industry and all other attributes.
-- Grain: one row per living person; also of our own people, and of machines.
-- Kept by: person
CREATE OR REPLACE VIEW person_attributes
(
    person String COMMENT 'Id of the person',
    owner String COMMENT 'Who owns the lead in sales',
    region String COMMENT 'Region, by the attributes that name one, as in counted_journeys; empty if none is told',
    industry String COMMENT 'Industry, by the attributes that name one, as in counted_journeys; empty if none is told',
    attributes Map(String, String) COMMENT 'What the CRM says of the person, in its words; of each name the newest value that is not empty'
)
AS SELECT
    person,
    owner,
    region,
    industry,
    attributes
FROM {{counted_journeys}}
COMMENT 'By what people can be told apart in the words of the CRM: owner, region, industry and all other attributes'
