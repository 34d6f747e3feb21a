-- What each account is worth, and what brought it: people, leads, first touch, deals, revenue.
-- Grain: one row per account. Revenue comes from deals alone, each of which has one account, so its sum is never doubled.
CREATE OR REPLACE VIEW accounts
(
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company',
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
    touched AS
    (
        -- Touchpoints stand in the order of (time, id), as on account_journeys.
        SELECT
            person,
            arrayFilter((touch, is_bot) -> NOT is_bot, arrayZip(
                touchpoints.at, touchpoints.id, touchpoints.channel, touchpoints.platform, touchpoints.campaign,
                touchpoints.ad_group, touchpoints.keyword, touchpoints.content
            ), touchpoints.is_bot) AS touches,
            length(touches) AS times,
            touches[1] AS earliest,
            touches[-1].1 AS last_at
        FROM journeys FINAL
    ),
    known AS
    (
        SELECT
            account,
            any(account_people.company) AS company,
            count() AS people,
            countIf(is_lead) AS leads,
            sum(touched.times) AS touchpoints,
            minIf(toNullable(touched.earliest.1), touched.times > 0) AS first_touch_at,
            maxIf(toNullable(touched.last_at), touched.times > 0) AS last_touch_at,
            argMinIf((person, touched.earliest), (touched.earliest, person), touched.times > 0) AS first
        FROM touched
        INNER JOIN account_people ON touched.person = account_people.person
        GROUP BY account
    ),
    dealt AS
    (
        SELECT
            account,
            any(deals.company) AS company,
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
    if(known.account = '', dealt.account, known.account) AS account,
    if(known.account = '', dealt.company, known.company) AS company,
    known.people AS people,
    known.leads AS leads,
    known.touchpoints AS touchpoints,
    known.first_touch_at AS first_touch_at,
    known.last_touch_at AS last_touch_at,
    known.first.1 AS first_person,
    if(known.touchpoints = 0, '(none)', known.first.2.3) AS first_channel,
    known.first.2.4 AS first_platform,
    known.first.2.5 AS first_campaign,
    known.first.2.6 AS first_ad_group,
    known.first.2.7 AS first_keyword,
    known.first.2.8 AS first_content,
    dealt.opportunities AS opportunities,
    dealt.pocs AS pocs,
    dealt.won AS won,
    dealt.lost AS lost,
    dealt.revenue AS revenue,
    if(length(dealt.currencies) > 1, '(mixed)', dealt.currencies[1]) AS currency
FROM known
FULL JOIN dealt ON known.account = dealt.account
COMMENT 'What each account is worth, and what brought it: people, leads, first touch, deals, revenue';
