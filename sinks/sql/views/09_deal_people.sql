-- Who is on each deal: the buying groups, and the one definition of them that the other views read.
-- Grain: one row per deal and person on it; our own people are left out, and so are names of whom nothing is known.
-- Kept by: deal, person
CREATE OR REPLACE VIEW deal_people
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    person String COMMENT 'Id of a person on it',
    account String COMMENT 'Account that the person names: account:<system>:<id> in the CRM, else the domain; account_names says which of them are one',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM'
)
AS SELECT
    on_deal.deal AS deal,
    known.person AS person,
    -- A deal may name one person by several identifiers.
    any(known.account) AS account,
    any(known.is_lead) AS is_lead
FROM (SELECT deal, arrayJoin(people) AS identifier FROM {{opportunities}}) AS on_deal
INNER JOIN
(
    SELECT person, account, is_lead, arrayJoin(identifiers) AS identifier FROM {{journeys}} WHERE NOT is_internal
) AS known ON on_deal.identifier = known.identifier
GROUP BY deal, person
COMMENT 'Who is on each deal: the buying groups, and the one definition of them that the other views read'
