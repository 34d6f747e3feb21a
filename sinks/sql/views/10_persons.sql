-- Who is there: one row per living person, with identifiers, account and the stage reached.
-- Grain: one row per living person of whom there is any fact; also of our own people, and of machines.
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
    grade String COMMENT 'Newest grade that sales gave',
    tags String COMMENT 'Tags that sales gave, with commas between them',
    first_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'When the first fact about the person happened',
    last_seen Nullable(DateTime64(3, 'UTC')) COMMENT 'When the last fact about the person happened',
    touchpoints UInt64 COMMENT 'Number of touchpoints kept',
    follow_ups UInt64 COMMENT 'Number of follow-ups by sales',
    deals UInt64 COMMENT 'Number of deals that the person is on',
    is_truncated Bool COMMENT 'Whether the journey is so long that its middle is left out',
    is_bot Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    is_internal Bool COMMENT 'Whether this is one of our own people, who are counted in no report'
)
AS SELECT
    person,
    if(startsWith(person, 'crm:'), person, '') AS crm,
    arrayStringConcat(journeys.identifiers, ', ') AS identifiers,
    is_lead,
    arrayLast((entered, deal) -> deal = '', stages.stage, stages.deal) AS stage,
    nullIf(
        arrayLast((entered_at, deal) -> deal = '', stages.at, stages.deal),
        toDateTime64(0, 3, 'UTC')
    ) AS stage_at,
    if(account_names.name = '', journeys.account, account_names.account) AS account,
    multiIf(
        journeys.account = '', '',
        NOT startsWith(journeys.account, 'account:'), 'domain',
        journeys.account = account, 'crm',
        'shared_domain'
    ) AS account_by,
    journeys.domain AS domain,
    journeys.company AS company,
    owner,
    lead_source,
    attributes,
    grade,
    arrayStringConcat(journeys.tags, ', ') AS tags,
    nullIf(first_at, toDateTime64(0, 3, 'UTC')) AS first_seen,
    nullIf(last_at, toDateTime64(0, 3, 'UTC')) AS last_seen,
    length(touchpoints.id) AS touchpoints,
    length(follow_ups.id) AS follow_ups,
    length(deals.deal) AS deals,
    truncated AS is_truncated,
    is_bot,
    is_internal
FROM journeys FINAL
LEFT JOIN account_names ON journeys.account = account_names.name
-- Without facts, it stands for an identifier that a guard holds back: nobody.
WHERE facts > 0
COMMENT 'Who is there: one row per living person, with identifiers, account and the stage reached';
