-- Which article, event or other content, and which author, brought leads, deals and revenue.
-- Grain: one row per content, author, day of publication, source and campaign that earned anything.
CREATE OR REPLACE VIEW content_performance
(
    content String COMMENT 'Content: an article, an event, an ad variant',
    author String COMMENT 'Its author',
    published String COMMENT 'Day on which it was published',
    source String COMMENT 'Where it was seen',
    campaign String COMMENT 'Campaign that it belongs to',
    leads_first UInt64 COMMENT 'People who became a lead, by their first touch',
    leads_last UInt64 COMMENT 'People who became a lead, by their last touch before',
    opportunities_first UInt64 COMMENT 'Deals opened, by their first touch',
    won_first UInt64 COMMENT 'Deals won, by their first touch',
    revenue_first Decimal(38, 2) COMMENT 'Amount of the deals won, by their first touch, currencies not converted'
)
AS SELECT
    content,
    author,
    published,
    source,
    campaign,
    countIf(model = 'first' AND conversion = 'lead') AS leads_first,
    countIf(model = 'last' AND conversion = 'lead') AS leads_last,
    countIf(model = 'first' AND conversion = 'opportunity') AS opportunities_first,
    countIf(model = 'first' AND conversion = 'won') AS won_first,
    sumIf(revenue, model = 'first') AS revenue_first
FROM credits
WHERE content != '' OR author != ''
GROUP BY content, author, published, source, campaign
COMMENT 'Which article, event or other content, and which author, brought leads, deals and revenue';
