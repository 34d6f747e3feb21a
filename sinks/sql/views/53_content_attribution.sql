-- Which article, event or other content, and which author, earned what by any model: content_attribution(model = 'linear').
-- Grain: one row per day, content, author, day of publication, source, campaign and currency that anybody came upon or that earned anything.
-- With the policy's lookback, half-life and kinds of touchpoints; attribution_models has the models. People are counted
-- in rows without a currency; to sum revenue, group by currency. By the models first and last it says what
-- content_performance says.
CREATE OR REPLACE VIEW content_attribution
(
    day Date COMMENT 'Day in {{timezone}}: of touches and readers when they came, of all else when it was earned',
    content String COMMENT 'Content: an article, an event, an ad variant',
    author String COMMENT 'Its author',
    published String COMMENT 'Day on which it was published',
    source String COMMENT 'Where it was seen',
    campaign String COMMENT 'Campaign that it belongs to',
    currency String COMMENT 'Currency of the revenue, and of the deals counted; empty of people, or if it is not known',
    touches UInt64 COMMENT 'Touchpoints that count and began with it',
    readers UInt64 COMMENT 'People who came upon it for the first time: their sum over all days counts nobody twice',
    leads Decimal(38, 15) COMMENT 'People who became a lead: the share that it earned',
    mqls Decimal(38, 15) COMMENT 'People who became marketing qualified: the share that it earned',
    sales_qualified Decimal(38, 15) COMMENT 'People who became sales qualified: the share that it earned',
    opportunities Decimal(38, 15) COMMENT 'Deals opened: the share that it earned',
    pocs Decimal(38, 15) COMMENT 'Deals whose proof of concept began: the share that it earned',
    won Decimal(38, 15) COMMENT 'Deals won: the share that it earned',
    revenue Decimal(38, 2) COMMENT 'Amount of the deals won that it earned, in units of the currency'
)
AS SELECT
    day,
    content,
    author,
    published,
    source,
    campaign,
    currency,
    sum(touched) AS touches,
    sum(newcomers) AS readers,
    sumIf(weight, milestone = 'lead') AS leads,
    sumIf(weight, milestone = 'marketing_qualified') AS mqls,
    sumIf(weight, milestone = 'sales_qualified') AS sales_qualified,
    sumIf(weight, milestone = 'opportunity') AS opportunities,
    sumIf(weight, milestone = 'poc') AS pocs,
    sumIf(weight, milestone = 'won') AS won,
    sum(earned) AS revenue
FROM
(
    SELECT
        day, content, author, published, source, campaign, '' AS currency, touches AS touched,
        readers AS newcomers, '' AS milestone, toDecimal64(0, 15) AS weight, toDecimal128(0, 2) AS earned
    FROM {{content_readers}}
    UNION ALL
    SELECT day, content, author, published, source, campaign, currency, 0, 0, milestone, weight, revenue
    FROM {{attribution}}(
        model = {model:String}, milestone = '', grain = '', kinds = '', lookback_days = -1, half_life_days = ''
    )
    WHERE (content != '' OR author != '') AND weight > 0
)
GROUP BY day, content, author, published, source, campaign, currency
COMMENT 'Which article, event or other content, and which author, earned what by any model'
