-- Which article, event or other content, and which author, brought leads, deals and revenue, day by day.
-- Grain: one row per day, content, author, day of publication, source, campaign and currency that earned anything.
-- People are counted in rows without a currency; to sum revenue, group by currency.
CREATE OR REPLACE VIEW content_performance
(
    day Date COMMENT 'Day in {{timezone}} on which it was earned',
    content String COMMENT 'Content: an article, an event, an ad variant',
    author String COMMENT 'Its author',
    published String COMMENT 'Day on which it was published',
    source String COMMENT 'Where it was seen',
    campaign String COMMENT 'Campaign that it belongs to',
    currency String COMMENT 'Currency of the revenue, and of the deals counted; empty of people, or if it is not known',
    leads_first UInt64 COMMENT 'People who became a lead, by their first touch',
    leads_last UInt64 COMMENT 'People who became a lead, by their last touch before',
    opportunities_first UInt64 COMMENT 'Deals opened, by their first touch',
    won_first UInt64 COMMENT 'Deals won, by their first touch',
    revenue_first Decimal(38, 2) COMMENT 'Amount of the deals won in units of the currency, by their first touch'
)
AS SELECT
    day,
    credit.2 AS content,
    credit.3 AS author,
    credit.4 AS published,
    credit.5 AS source,
    credit.6 AS campaign,
    currency,
    countIf(credit.1 = 'first' AND conversion = 'lead') AS leads_first,
    countIf(credit.1 = 'last' AND conversion = 'lead') AS leads_last,
    countIf(credit.1 = 'first' AND conversion = 'opportunity') AS opportunities_first,
    countIf(credit.1 = 'first' AND conversion = 'won') AS won_first,
    sumIf(revenue, credit.1 = 'first') AS revenue_first
FROM conversions
ARRAY JOIN [
    ('first', first_content, first_author, first_published, first_source, first_campaign),
    ('last', last_content, last_author, last_published, last_source, last_campaign)
] AS credit
WHERE content != '' OR author != ''
GROUP BY day, content, author, published, source, campaign, currency
HAVING leads_first + leads_last + opportunities_first + won_first > 0
COMMENT 'Which article, event or other content, and which author, brought leads, deals and revenue, day by day'
