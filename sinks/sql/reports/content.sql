-- Which article, event or other content, and which author, brought leads and deals?
-- from = 1970-01-01: first day on which something was earned
-- to = 2099-12-31: last day
-- limit = 50: number of rows
SELECT
    content,
    author,
    published,
    source,
    campaign,
    sum(p.leads_first) AS leads_first,
    sum(p.leads_last) AS leads_last,
    sum(p.opportunities_first) AS opportunities_first,
    sum(p.won_first) AS won_first,
    sum(p.revenue_first) AS revenue_first,
    money AS currency
FROM
(
    -- People have no currency. Where there is only one, they stand in its row; else each has a row of its own.
    SELECT
        *,
        if(countIf(currency != '') OVER of_content = 1, max(currency) OVER of_content, currency) AS money
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
GROUP BY content, author, published, source, campaign, money
ORDER BY
    revenue_first DESC, leads_first DESC, leads_last DESC, content, author, published, source, campaign, money
LIMIT {limit:UInt32}
