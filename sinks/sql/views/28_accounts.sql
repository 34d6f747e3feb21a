-- What each account is worth, and what brought it: people, leads, first touch, deals, revenue.
-- Grain: one row per account. Revenue comes from deals alone, each of which has one account, so its sum is never doubled.
-- Kept by: account
-- Revenue in several currencies is no number: it stands in revenue_by_currency, and deal by deal in the view deals.
-- Who belongs to one account and is on a deal of another is among the people, leads and touchpoints of both.
CREATE OR REPLACE VIEW accounts
(
    account String COMMENT 'Account: account:<system>:<id> in the CRM, else the domain of the company',
    company String COMMENT 'Name of the company, in the words of most of its own people',
    people UInt64 COMMENT 'People who belong to the account or are on a deal of it',
    leads UInt64 COMMENT 'Of these, the leads',
    touchpoints UInt64 COMMENT 'Touchpoints of all of them that count',
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
    revenue Nullable(Decimal(38, 2)) COMMENT 'Amount of the won deals in units of the currency, each once; NULL if they have several currencies',
    currency String COMMENT 'Currency of the revenue; (mixed) if there are several, empty if there is none or it is not known',
    revenue_by_currency String COMMENT 'Amount of the won deals in each currency, with commas between them: 800.00 CNY, 50.00 USD',
    attributes Map(String, String) COMMENT 'What else the CRM says of its own people, in its words, for example attributes[''industry'']: of each name the value that most of them have, at the same number the smallest'
)
AS WITH
    touched AS
    (
        SELECT
            person,
            length(touch_id) AS times,
            (
                touch_at[1], touch_id[1], touch_channel[1], touch_platform[1], touch_campaign[1], touch_ad_group[1],
                touch_keyword[1], touch_content[1]
            ) AS earliest,
            touch_at[-1] AS last_at
        FROM counted_journeys
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
            argMinIf((person, touched.earliest), (touched.earliest, person), touched.times > 0) AS first,
            sumMap(
                CAST(account_people.attributes, 'Array(Tuple(String, String))'),
                arrayMap(name -> toUInt64(1), mapKeys(account_people.attributes))
            ) AS said_by,
            -- Of each name the value that most say comes first, and it alone is kept.
            arraySort((said, times) -> (said.1, -toInt64(times), said.2), said_by.1, said_by.2) AS ranked,
            arrayFilter((said, nth) -> said.1 != ranked[nth - 1].1 OR nth = 1, ranked, arrayEnumerate(ranked)) AS attributes
        FROM touched
        INNER JOIN account_people ON touched.person = account_people.person
        GROUP BY account
    ),
    valued AS
    (
        SELECT
            account,
            currency,
            max(deals.company) AS company,
            count() AS opportunities,
            countIf(isNotNull(poc_at)) AS pocs,
            countIf(stage = 'won') AS won,
            countIf(stage = 'lost') AS lost,
            sum(deals.revenue) AS revenue
        FROM deals
        WHERE account != ''
        GROUP BY account, currency
    ),
    dealt AS
    (
        SELECT
            account,
            max(valued.company) AS company,
            sum(valued.opportunities) AS opportunities,
            sum(valued.pocs) AS pocs,
            sum(valued.won) AS won,
            sum(valued.lost) AS lost,
            arraySort(groupArrayIf((currency, valued.revenue), valued.revenue > 0)) AS earned
        FROM valued
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
    multiIf(
        length(dealt.earned) > 1, NULL,
        empty(dealt.earned), toDecimal128(0, 2),
        toNullable(dealt.earned[1].2)
    ) AS revenue,
    if(length(dealt.earned) > 1, '(mixed)', dealt.earned[1].1) AS currency,
    arrayStringConcat(
        arrayMap(sum -> trimRight(concat(toDecimalString(sum.2, 2), ' ', sum.1)), dealt.earned), ', '
    ) AS revenue_by_currency,
    CAST(known.attributes, 'Map(String, String)') AS attributes
FROM known
FULL JOIN dealt ON known.account = dealt.account
COMMENT 'What each account is worth, and what brought it: people, leads, first touch, deals, revenue'
