-- What each account is worth, and what brought it: people, leads, first touch, deals, revenue.
-- Grain: one row per account. Revenue comes from deals alone, each of which has one account, so its sum is never doubled.
CREATE OR REPLACE VIEW accounts
(
    account String COMMENT 'Account: id in the CRM, else the domain of the company',
    company String COMMENT 'Name of the company, in the words of most of its own people',
    people UInt64 COMMENT 'People who belong to the account or are on a deal of it',
    leads UInt64 COMMENT 'Of these, the leads',
    touchpoints UInt64 COMMENT 'Touchpoints of all of them, without visits of machines',
    first_touch_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the first touchpoint began; NULL if there is none',
    last_touch_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the last touchpoint began; NULL if there is none',
    first_person String COMMENT 'Whose first touchpoint it was',
    first_channel String COMMENT 'Channel of the first touchpoint; (none) without one',
    first_platform String COMMENT 'Ad platform of the first touchpoint',
    first_campaign String COMMENT 'Campaign of the first touchpoint',
    first_ad_group String COMMENT 'Ad group of the first touchpoint',
    first_keyword String COMMENT 'Keyword of the first touchpoint',
    first_content String COMMENT 'Content of the first touchpoint',
    opportunities UInt64 COMMENT 'Deals of the account',
    pocs UInt64 COMMENT 'Of these, the ones that came to a proof of concept',
    won UInt64 COMMENT 'Of these, the ones that are won',
    lost UInt64 COMMENT 'Of these, the ones that are lost',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in currency units, each once, currencies not converted',
    currency String COMMENT 'Currency of the revenue; (mixed) if there are several'
)
AS WITH
    part AS
    (
        SELECT account, company, 1 AS people, toUInt64(is_lead) AS leads FROM account_people
        UNION ALL
        SELECT account, company, 0, 0 FROM deals WHERE account != ''
    ),
    touched AS
    (
        SELECT
            account,
            count() AS touchpoints,
            toNullable(min(at)) AS first_touch_at,
            toNullable(max(at)) AS last_touch_at,
            argMin((person, channel, platform, campaign, ad_group, keyword, content), position) AS first
        FROM account_journeys
        WHERE deal = '' AND kind != 'follow_up' AND NOT is_bot
        GROUP BY account
    ),
    dealt AS
    (
        SELECT
            account,
            count() AS opportunities,
            countIf(isNotNull(poc_at)) AS pocs,
            countIf(stage = 'won') AS won,
            countIf(stage = 'lost') AS lost,
            sum(deals.revenue) AS revenue,
            arraySort(groupUniqArrayIf(currency, deals.revenue > 0 AND currency != '')) AS currencies
        FROM deals
        WHERE account != ''
        GROUP BY account
    )
SELECT
    whole.account AS account,
    whole.company AS company,
    whole.people AS people,
    whole.leads AS leads,
    touched.touchpoints AS touchpoints,
    touched.first_touch_at AS first_touch_at,
    touched.last_touch_at AS last_touch_at,
    touched.first.1 AS first_person,
    if(isNull(touched.first_touch_at), '(none)', touched.first.2) AS first_channel,
    touched.first.3 AS first_platform,
    touched.first.4 AS first_campaign,
    touched.first.5 AS first_ad_group,
    touched.first.6 AS first_keyword,
    touched.first.7 AS first_content,
    dealt.opportunities AS opportunities,
    dealt.pocs AS pocs,
    dealt.won AS won,
    dealt.lost AS lost,
    dealt.revenue AS revenue,
    multiIf(length(dealt.currencies) > 1, '(mixed)', dealt.currencies[1]) AS currency
FROM
(
    SELECT account, max(part.company) AS company, sum(part.people) AS people, sum(part.leads) AS leads
    FROM part
    GROUP BY account
) AS whole
LEFT JOIN touched ON whole.account = touched.account
LEFT JOIN dealt ON whole.account = dealt.account
COMMENT 'What each account is worth, and what brought it: people, leads, first touch, deals, revenue';
