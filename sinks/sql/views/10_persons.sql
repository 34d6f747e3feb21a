-- Who is there: one row per living person, with identifiers, account and the stage reached.
-- Grain: one row per living person of whom there is any fact; also of our own people, and of machines.
-- Kept by: person
CREATE OR REPLACE VIEW persons
(
    person String COMMENT 'Id of the person: the smallest CRM identifier, else the smallest identifier',
    crm String COMMENT 'Smallest CRM identifier; empty if the CRM does not know the person',
    identifiers String COMMENT 'All identifiers, with commas between them',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    stage String COMMENT 'Stage that the person entered last, those of deals left out',
    stage_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person entered it; NULL if none was entered',
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company; account_names says which of them are one',
    account_by String COMMENT 'Why this account: crm: the CRM names it; shared_domain: the CRM names an account of another CRM that is one with it; domain: by the domain of the company alone; empty without an account',
    domain String COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if none is known, or only a public one',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    lead_source String COMMENT 'What the CRM itself says brought the lead',
    attributes Map(String, String) COMMENT 'What else the CRM says of the person, in its words, for example attributes[''industry'']; of each name the newest value that is not empty',
    region String COMMENT 'Region, by the attributes that name one, as in attribute_names; empty if none is told',
    industry String COMMENT 'Industry, by the attributes that name one, as in attribute_names; empty if none is told',
    grade String COMMENT 'Newest grade that sales gave',
    tags String COMMENT 'Tags that sales gave, with commas between them',
    first_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'When the first fact about the person happened',
    last_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'When the last fact about the person happened',
    touchpoints UInt64 COMMENT 'Number of touchpoints that count, as in the view touchpoints',
    follow_ups UInt64 COMMENT 'Number of follow-ups by sales',
    deals UInt64 COMMENT 'Number of deals that the person is on, as in the view deal_people; 0 for our own people',
    is_truncated Bool COMMENT 'Whether the journey is so long that its middle is left out',
    is_bot Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    is_internal Bool COMMENT 'Whether this is one of our own people, who are counted in no report'
)
AS SELECT
    journey.person AS person,
    if(startsWith(person, 'crm:'), person, '') AS crm,
    arrayStringConcat(journey.identifiers, ', ') AS identifiers,
    journey.is_lead AS is_lead,
    counted.entries[-1].stage AS stage,
    nullIf(counted.entries[-1].at, toDateTime64(0, 3, 'UTC')) AS stage_at,
    of_account.account AS account,
    of_account.account_by AS account_by,
    journey.domain AS domain,
    journey.company AS company,
    journey.owner AS owner,
    journey.lead_source AS lead_source,
    journey.attributes AS attributes,
    told.region AS region,
    told.industry AS industry,
    journey.grade AS grade,
    arrayStringConcat(journey.tags, ', ') AS tags,
    nullIf(journey.first_at, toDateTime64(0, 3, 'UTC')) AS first_seen,
    nullIf(journey.last_at, toDateTime64(0, 3, 'UTC')) AS last_seen,
    length(counted.touch_id) AS touchpoints,
    journey.follow_ups AS follow_ups,
    on_deals.deals AS deals,
    journey.truncated AS is_truncated,
    journey.is_bot AS is_bot,
    journey.is_internal AS is_internal
FROM
(
    SELECT
        person, identifiers, is_lead, domain, company, owner, lead_source, attributes, grade, tags, first_at,
        last_at, length(follow_ups.id) AS follow_ups, truncated, is_bot, is_internal
    FROM journeys FINAL
    -- Without facts, it stands for an identifier that a guard holds back: nobody.
    WHERE facts > 0
) AS journey
INNER JOIN counted_journeys AS counted ON journey.person = counted.person
LEFT JOIN (SELECT person, region, industry FROM person_attributes WHERE notEmpty(attributes)) AS told
    ON journey.person = told.person
LEFT JOIN person_accounts AS of_account ON journey.person = of_account.person
LEFT JOIN (SELECT person, count() AS deals FROM deal_people GROUP BY person) AS on_deals
    ON journey.person = on_deals.person
COMMENT 'Who is there: one row per living person, with identifiers, account and the stage reached'
