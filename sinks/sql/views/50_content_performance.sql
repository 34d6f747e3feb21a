-- Which article, event or other content, and which author, brought leads, deals and revenue, day by day.
-- Grain: one row per day, content, author, day of publication, source, campaign and currency that anybody came upon or that earned anything.
-- People are counted in rows without a currency; to sum revenue, group by currency. By other models than the first and
-- the last touch, content_attribution tells the same.
CREATE OR REPLACE VIEW content_performance
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
    leads_first UInt64 COMMENT 'People who became a lead, by their first touch',
    leads_last UInt64 COMMENT 'People who became a lead, by their last touch before',
    opportunities_first UInt64 COMMENT 'Deals opened, by their first touch',
    opportunities_last UInt64 COMMENT 'Deals opened, by their last touch before',
    won_first UInt64 COMMENT 'Deals won, by their first touch',
    won_last UInt64 COMMENT 'Deals won, by their last touch before',
    revenue_first Decimal(38, 2) COMMENT 'Amount of the deals won in units of the currency, by their first touch',
    revenue_last Decimal(38, 2) COMMENT 'Amount of the deals won in units of the currency, by their last touch before'
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
    countIf(side = 'first' AND conversion = 'lead') AS leads_first,
    countIf(side = 'last' AND conversion = 'lead') AS leads_last,
    countIf(side = 'first' AND conversion = 'opportunity') AS opportunities_first,
    countIf(side = 'last' AND conversion = 'opportunity') AS opportunities_last,
    countIf(side = 'first' AND conversion = 'won') AS won_first,
    countIf(side = 'last' AND conversion = 'won') AS won_last,
    sumIf(revenue, side = 'first') AS revenue_first,
    sumIf(revenue, side = 'last') AS revenue_last
FROM
(
    SELECT
        day, content, author, published, source, campaign, '' AS currency, touches AS touched,
        readers AS newcomers, '' AS side, '' AS conversion, toDecimal128(0, 2) AS revenue
    FROM content_readers
    UNION ALL
    SELECT
        day, credit.2, credit.3, credit.4, credit.5, credit.6, currency, 0, 0, credit.1, conversion, revenue
    FROM conversions
    ARRAY JOIN [
        ('first', first_content, first_author, first_published, first_source, first_campaign),
        ('last', last_content, last_author, last_published, last_source, last_campaign)
    ] AS credit
    WHERE (credit.2 != '' OR credit.3 != '') AND conversion IN ('lead', 'opportunity', 'won')
)
GROUP BY day, content, author, published, source, campaign, currency
COMMENT 'Which article, event or other content, and which author, brought leads, deals and revenue, day by day'
