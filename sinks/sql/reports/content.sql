-- Which article, event or other content, and which author, brought leads and deals?
-- from = 1970-01-01: first day on which something was earned
-- to = 2099-12-31: last day
-- limit = 50: number of rows
-- ~ bars: content; leads_first, revenue_first
SELECT
    content,
    author,
    published,
    source,
    campaign,
    if(p.currency = main, first_of_content, 0) AS leads_first,
    if(p.currency = main, last_of_content, 0) AS leads_last,
    p.opportunities_first AS opportunities_first,
    p.won_first AS won_first,
    p.revenue_first AS revenue_first,
    p.currency AS currency
FROM
(
    -- People have no currency: they stand in the row of the one that most of the content's deals have.
    SELECT
        *,
        first_value(currency) OVER (
            PARTITION BY content, author, published, source, campaign
            ORDER BY currency = '', opportunities_first DESC, currency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS main,
        sum(leads_first) OVER of_content AS first_of_content,
        sum(leads_last) OVER of_content AS last_of_content
    FROM
    (
        SELECT
            content,
            author,
            published,
            source,
            campaign,
            c.currency AS currency,
            sum(c.leads_first) AS leads_first,
            sum(c.leads_last) AS leads_last,
            sum(c.opportunities_first) AS opportunities_first,
            sum(c.won_first) AS won_first,
            sum(c.revenue_first) AS revenue_first
        FROM content_performance AS c
        WHERE day BETWEEN {from:Date} AND {to:Date}
        GROUP BY content, author, published, source, campaign, currency
    )
    WINDOW of_content AS (PARTITION BY content, author, published, source, campaign)
) AS p
WHERE p.currency = main OR p.opportunities_first + p.won_first > 0 OR p.revenue_first > 0
ORDER BY
    revenue_first DESC, leads_first DESC, leads_last DESC, content, author, published, source, campaign, p.currency
LIMIT {limit:UInt32}
