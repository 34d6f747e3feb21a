-- What the CRM says of a lead that earns points: they last as long as it says so, and don't decay.
-- Grain: one row per lead and rule of the policy for an attribute that it fits, [reports.scores] fit.
-- Kept by: person
CREATE OR REPLACE VIEW score_fits
(
    person String COMMENT 'Id of the person',
    rule String COMMENT 'Rule of the policy that gives the points',
    attribute String COMMENT 'Attribute of the CRM that it looks at',
    said String COMMENT 'What the CRM says there',
    points Int64 COMMENT 'Points that it gives'
)
AS SELECT
    person,
    rule.name AS rule,
    rule.attribute AS attribute,
    attributes[rule.attribute] AS said,
    rule.points AS points
FROM (SELECT person, attributes FROM person_attributes WHERE notEmpty(attributes))
ARRAY JOIN CAST(
    {{reports.scores.fit}}, 'Array(Tuple(name String, attribute String, values String, points Int64))'
) AS rule
WHERE said != '' AND match(said, concat('(?i)', rule.values))
COMMENT 'What the CRM says of a lead that earns points: they last as long as it says so, and don''t decay'
