-- What became of each deal: account, people, stage, amount, proof of concept; its revenue stands here once.
-- Grain: one row per deal.
-- Kept by: deal
CREATE OR REPLACE VIEW deals
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    name String COMMENT 'Name of the deal in the CRM',
    account String COMMENT 'Account: as the CRM says of the deal, else the one that most of its people belong to, at the same number the smallest; empty if neither is known',
    account_by String COMMENT 'Why this account: crm: the CRM says so of the deal; people: most of its people belong to it; empty without an account',
    company String COMMENT 'Name of the company, in the words of most of the people of the account',
    owner String COMMENT 'Who owns the deal in sales',
    people UInt64 COMMENT 'Number of known people on the deal, without our own',
    stage String COMMENT 'Stage that the deal stands in',
    amount Decimal(38, 2) COMMENT 'Amount in currency units',
    currency String COMMENT 'ISO 4217 code of the currency; empty if not known',
    revenue Decimal(38, 2) COMMENT 'The amount if the deal is won, else 0',
    opened_at DateTime64(3, 'UTC') COMMENT 'When it became an opportunity',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was won or lost; NULL while it is open',
    reason String COMMENT 'Why it was won or lost, if the CRM says',
    poc_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it first came to a proof of concept; NULL if it never did',
    poc_ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the proof of concept ended; NULL if it did not',
    poc_result String COMMENT 'Result of the proof of concept',
    poc_reason String COMMENT 'Why the proof of concept failed',
    region String COMMENT 'Region: as the attributes of the deal name one, else as those of most of its people do, at the same number the smallest; empty if none is told',
    industry String COMMENT 'Industry, likewise',
    competitor String COMMENT 'Competitor, as the attributes of the deal name one, by attribute_names; empty if none is told',
    attributes Map(String, String) COMMENT 'What else the CRM says of the deal, in its words, for example attributes[''region'']; of each name the newest value that is not empty'
)
AS WITH
    said AS
    (
        SELECT deal, account AS name, '' AS person, true AS by_crm FROM {{opportunities}}
        UNION ALL
        SELECT deal, account, person, false FROM {{deal_people}} AS deal_people
    ),
    counted AS
    (
        SELECT
            said.deal AS deal,
            -- Nobody may have the account that the CRM names.
            if(account_names.name = '', said.name, account_names.account) AS account,
            max(account_names.company) AS company,
            countIf(said.person != '') AS people,
            max(said.by_crm) AS by_crm
        FROM said
        LEFT JOIN account_names ON said.name = account_names.name
        GROUP BY deal, account
    ),
    placed AS
    (
        SELECT
            deal,
            sum(counted.people) AS people,
            argMin((account, company, by_crm), (account = '', NOT by_crm, -toInt64(counted.people), account)) AS chosen
        FROM counted
        GROUP BY deal
    ),
    told AS
    (
        -- What most of its people say comes first.
        SELECT
            deal,
            arraySort((said, times) -> (-toInt64(times), said), regions.1, regions.2)[1] AS region,
            arraySort((said, times) -> (-toInt64(times), said), industries.1, industries.2)[1] AS industry
        FROM
        (
            SELECT
                deal,
                sumMap(arrayFilter(word -> word != '', [of_person.region]) AS r, arrayMap(word -> toUInt64(1), r))
                    AS regions,
                sumMap(arrayFilter(word -> word != '', [of_person.industry]) AS i, arrayMap(word -> toUInt64(1), i))
                    AS industries
            FROM {{deal_people}} AS deal_people
            INNER JOIN {{person_attributes}} AS of_person ON deal_people.person = of_person.person
            GROUP BY deal
        )
    )
SELECT
    opportunity.deal AS deal,
    name,
    placed.chosen.1 AS account,
    multiIf(account = '', '', placed.chosen.3, 'crm', 'people') AS account_by,
    placed.chosen.2 AS company,
    owner,
    placed.people AS people,
    toString(opportunity.stage) AS stage,
    toDecimal128(amount_minor, 2) / 100 AS amount,
    toString(opportunity.currency) AS currency,
    if(opportunity.stage = 'won', amount, toDecimal128(0, 2)) AS revenue,
    opened_at,
    closed_at,
    reason,
    if(has(stages.stage, 'poc'), stages.at[indexOf(stages.stage, 'poc')], NULL) AS poc_at,
    poc_ended_at,
    poc_result,
    poc_reason,
    if(opportunity.own_region = '', told.region, opportunity.own_region) AS region,
    if(opportunity.own_industry = '', told.industry, opportunity.own_industry) AS industry,
    opportunity.own_competitor AS competitor,
    attributes
FROM
(
    SELECT
        * EXCEPT (account, people),
        arrayFirst(word -> word != '', arrayMap(name -> attributes[name], (SELECT region FROM attribute_names)))
            AS own_region,
        arrayFirst(word -> word != '', arrayMap(name -> attributes[name], (SELECT industry FROM attribute_names)))
            AS own_industry,
        arrayFirst(word -> word != '', arrayMap(name -> attributes[name], (SELECT competitor FROM attribute_names)))
            AS own_competitor
    FROM {{opportunities}}
) AS opportunity
INNER JOIN placed ON opportunity.deal = placed.deal
LEFT JOIN told ON opportunity.deal = told.deal
COMMENT 'What became of each deal: account, people, stage, amount, proof of concept; its revenue stands here once';
