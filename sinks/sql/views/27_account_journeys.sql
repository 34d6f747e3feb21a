-- How an account came to its deals: what all its people touched, the follow-ups of sales, and its deals' milestones.
-- Grain: one row per account and step: a touchpoint or follow-up of one of its people, or a milestone of a deal of it.
-- Kept by: account, position
-- Who belongs to one account and is on a deal of another is on the journey of both; a deal has one account only.
CREATE OR REPLACE VIEW account_journeys
(
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company',
    company String COMMENT 'Name of the company',
    person String COMMENT 'Person whose step it is; empty for a milestone of a deal',
    position UInt64 COMMENT 'Place on the journey of the account, from 1, in order of (time, id)',
    at DateTime64(3, 'UTC') COMMENT 'When it began',
    kind String COMMENT 'Kind of step: visit, link_click, qr_scan, email_click, event, call, download, told_by_crm, follow_up, deal_opened, deal_poc, deal_won or deal_lost',
    channel String COMMENT 'Channel by the policy; sales for a follow-up and a milestone of a deal',
    platform String COMMENT 'Ad platform',
    source String COMMENT 'Source',
    campaign String COMMENT 'Campaign',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword that was bid on',
    content String COMMENT 'Content; of a follow-up, its category; of a deal, its name',
    author String COMMENT 'Author of the content; of a follow-up, who did it; of a deal, its owner',
    is_bot Bool COMMENT 'Whether the visit looks like that of a machine',
    deal String COMMENT 'Deal, in the row of a milestone; empty in all others',
    opportunities UInt8 COMMENT '1 in the row in which a deal was opened, else 0, so that it can be summed',
    won UInt8 COMMENT '1 in the row in which a deal was won, else 0, so that it can be summed',
    revenue Decimal(38, 2) COMMENT 'Amount of the deal in the row in which it was won, else 0: its sum counts no deal twice',
    currency String COMMENT 'Currency of the revenue'
)
AS WITH
    steps AS
    (
        SELECT
            person,
            arrayConcat(
                arrayZip(
                    touchpoints.at, touchpoints.id, touchpoints.kind, touchpoints.channel, touchpoints.platform,
                    touchpoints.source, touchpoints.campaign, touchpoints.ad_group, touchpoints.keyword,
                    touchpoints.content, touchpoints.author, touchpoints.is_bot
                ),
                arrayMap(
                    (reached_at, id, category, by_whom) -> (
                        reached_at, id, 'follow_up', 'sales', '', '', '', '', '', category, by_whom, false
                    ),
                    follow_ups.at, follow_ups.id, follow_ups.category, follow_ups.owner
                )
            ) AS taken
        FROM journeys FINAL
        WHERE NOT is_internal
    ),
    milestones AS
    (
        SELECT
            account, company, deal, name, owner, revenue, currency,
            arrayJoin(arrayFilter(
                candidate -> isNotNull(candidate.1),
                [
                    (toNullable(opened_at), 'deal_opened'),
                    (poc_at, 'deal_poc'),
                    (if(stage = 'won', closed_at, NULL), 'deal_won'),
                    (if(stage = 'lost', closed_at, NULL), 'deal_lost')
                ]
            )) AS milestone
        FROM deals
        WHERE account != ''
    )
SELECT
    account,
    company,
    person,
    row_number() OVER (PARTITION BY account ORDER BY step.1, deal, step.2, person) AS position,
    step.1 AS at,
    step.3 AS kind,
    step.4 AS channel,
    step.5 AS platform,
    step.6 AS source,
    step.7 AS campaign,
    step.8 AS ad_group,
    step.9 AS keyword,
    step.10 AS content,
    step.11 AS author,
    step.12 AS is_bot,
    deal,
    kind = 'deal_opened' AS opportunities,
    kind = 'deal_won' AS won,
    if(kind = 'deal_won', amount, toDecimal128(0, 2)) AS revenue,
    if(kind = 'deal_won', money, '') AS currency
FROM
(
    SELECT
        account_people.account AS account,
        account_people.company AS company,
        account_people.person AS person,
        arrayJoin(steps.taken) AS step,
        '' AS deal,
        toDecimal128(0, 2) AS amount,
        '' AS money
    FROM steps
    INNER JOIN account_people ON steps.person = account_people.person
    UNION ALL
    SELECT
        account,
        company,
        '',
        (
            assumeNotNull(milestone.1),
            -- At one time a deal is opened before it comes to a proof of concept, and that before it is closed.
            toString(indexOf(['deal_opened', 'deal_poc', 'deal_won', 'deal_lost'], milestone.2)),
            milestone.2, 'sales', '', '', '', '', '', name, owner, false
        ),
        deal,
        revenue,
        currency
    FROM milestones
)
COMMENT 'How an account came to its deals: what all its people touched, the follow-ups of sales, and its deals'' milestones';
