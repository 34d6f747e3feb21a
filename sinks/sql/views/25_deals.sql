-- What became of each deal: account, people, stage, amount, proof of concept; its revenue stands here once.
-- Grain: one row per deal.
CREATE OR REPLACE VIEW deals
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    name String COMMENT 'Name of the deal in the CRM',
    account String COMMENT 'Account: as the CRM says of the deal, else the one that most of its people belong to; empty if neither is known',
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
    poc_reason String COMMENT 'Why the proof of concept failed'
)
AS WITH
    members AS
    (
        SELECT DISTINCT on_deal.deal AS deal, known.person AS person, known.account AS account
        FROM (SELECT deal, arrayJoin(people) AS identifier FROM opportunities FINAL) AS on_deal
        INNER JOIN
        (
            SELECT person, account, arrayJoin(identifiers) AS identifier FROM journeys FINAL WHERE NOT is_internal
        ) AS known ON on_deal.identifier = known.identifier
    ),
    belonging AS
    (
        SELECT deal, account
        FROM members
        WHERE account != ''
        GROUP BY deal, account
        ORDER BY count() DESC, account
        LIMIT 1 BY deal
    ),
    companies AS
    (
        SELECT account, company
        FROM journeys FINAL
        WHERE account != '' AND company != '' AND NOT is_internal
        GROUP BY account, company
        ORDER BY count() DESC, company
        LIMIT 1 BY account
    ),
    placed AS
    (
        SELECT o.* EXCEPT account, if(o.account != '', o.account, belonging.account) AS account
        FROM (SELECT * FROM opportunities FINAL) AS o
        LEFT JOIN belonging ON o.deal = belonging.deal
    )
SELECT
    placed.deal AS deal,
    name,
    placed.account AS account,
    companies.company AS company,
    owner,
    counted.known AS people,
    toString(placed.stage) AS stage,
    toDecimal128(amount_minor, 2) / 100 AS amount,
    toString(placed.currency) AS currency,
    if(placed.stage = 'won', amount, toDecimal128(0, 2)) AS revenue,
    opened_at,
    closed_at,
    reason,
    if(has(stages.stage, 'poc'), stages.at[indexOf(stages.stage, 'poc')], NULL) AS poc_at,
    poc_ended_at,
    poc_result,
    poc_reason
FROM placed
LEFT JOIN (SELECT deal, count() AS known FROM members GROUP BY deal) AS counted ON placed.deal = counted.deal
LEFT JOIN companies ON placed.account = companies.account
COMMENT 'What became of each deal: account, people, stage, amount, proof of concept; its revenue stands here once';
