-- Which touch began each deal, and which came last before it was opened?
-- stage = : only deals in this stage, for example won; empty: all
-- limit = 50: number of rows
SELECT
    o.deal AS deal,
    o.name AS name,
    d.account AS account,
    o.stage AS stage,
    d.amount AS amount,
    o.currency AS currency,
    o.opened_at AS opened_at,
    o.closed_at AS closed_at,
    length(o.people) AS people,
    c.first_channel AS first_channel,
    c.first_keyword AS first_keyword,
    c.last_channel AS last_channel,
    c.last_keyword AS last_keyword
FROM opportunities AS o FINAL
INNER JOIN deals AS d ON o.deal = d.deal
INNER JOIN
(
    SELECT
        deal,
        anyIf(channel, model = 'first') AS first_channel,
        anyIf(keyword, model = 'first') AS first_keyword,
        anyIf(channel, model = 'last') AS last_channel,
        anyIf(keyword, model = 'last') AS last_keyword
    FROM credits
    WHERE conversion = 'opportunity'
    GROUP BY deal
) AS c ON o.deal = c.deal
WHERE {stage:String} IN ('', o.stage)
ORDER BY opened_at DESC, deal
LIMIT {limit:UInt32}
