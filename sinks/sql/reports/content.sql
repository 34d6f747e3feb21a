-- Which article, event or other content, and which author, was read, and brought leads, deals and revenue, by any model of attribution?
-- Shares of leads and deals are not whole numbers by models that divide them. People have no currency: they stand in
-- the row of the one that most of the content's deals have.
-- model = first: first, last, last_non_direct, linear, position_40_20_40, u_40_40_20, u_50_50, w_shaped, full_path, time_decay, or one of the policy
-- from = 1970-01-01: first day, of reading and of what was earned
-- to = 2099-12-31: last day
-- campaign = : only this campaign
-- limit = 50: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > readers: People who came upon it for the first time in these days
-- > leads: People who became a lead: the share that it earned
-- > first_lead: Day on which the first of them became one
-- > days_to_lead: Days from the publication until then; empty if either is not known
-- > opportunities: Deals opened: the share that it earned
-- > won: Deals won: the share that it earned
-- > revenue: Amount of the deals won that it earned, in units of the currency
-- ~ bars: content; leads, revenue
SELECT
    content,
    author,
    published,
    source,
    campaign,
    if(p.currency = main, touches_of_content, 0) AS touches,
    if(p.currency = main, readers_of_content, 0) AS readers,
    if(p.currency = main, leads_of_content, 0) AS leads,
    first_lead_of_content AS first_lead,
    dateDiff('day', toDateOrNull(published), first_lead) AS days_to_lead,
    p.opportunities AS opportunities,
    p.won AS won,
    p.revenue AS revenue,
    p.currency AS currency
FROM
(
    SELECT
        *,
        first_value(currency) OVER (
            PARTITION BY content, author, published, source, campaign
            ORDER BY currency = '', opportunities DESC, currency
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS main,
        sum(touches) OVER of_content AS touches_of_content,
        sum(readers) OVER of_content AS readers_of_content,
        sum(leads) OVER of_content AS leads_of_content,
        min(first_lead) OVER of_content AS first_lead_of_content
    FROM
    (
        SELECT
            content,
            author,
            published,
            source,
            campaign,
            c.currency AS currency,
            sum(c.touches) AS touches,
            sum(c.readers) AS readers,
            sum(c.leads) AS leads,
            minIf(toNullable(day), c.leads > 0) AS first_lead,
            sum(c.opportunities) AS opportunities,
            sum(c.won) AS won,
            sum(c.revenue) AS revenue
        FROM {{content_attribution}}(model = {model:String}) AS c
        WHERE day BETWEEN {from:Date} AND {to:Date} AND ({campaign:String} = '' OR c.campaign = {campaign:String})
        GROUP BY content, author, published, source, campaign, currency
    )
    WINDOW of_content AS (PARTITION BY content, author, published, source, campaign)
) AS p
WHERE p.currency = main OR p.opportunities + p.won > 0 OR p.revenue > 0
ORDER BY revenue DESC, leads DESC, readers DESC, content, author, published, source, campaign, p.currency
LIMIT {limit:UInt32}
