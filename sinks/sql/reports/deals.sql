-- Which touch began each deal, and which came last before it was opened?
-- stage = : only deals in this stage, for example won; empty: all
-- deal = : only this deal, by its identifier or the id in the CRM
-- limit = 50: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- ~ bars: name; amount
SELECT
    d.deal AS deal,
    d.name AS name,
    d.account AS account,
    d.stage AS stage,
    d.amount AS amount,
    d.currency AS currency,
    d.opened_at AS opened_at,
    d.closed_at AS closed_at,
    d.people AS people,
    c.first_channel AS first_channel,
    c.first_keyword AS first_keyword,
    c.last_channel AS last_channel,
    c.last_keyword AS last_keyword
FROM {{deals}} AS d
INNER JOIN
(
    SELECT deal, first_channel, first_keyword, last_channel, last_keyword
    FROM {{conversions}}
    WHERE conversion = 'opportunity'
) AS c ON d.deal = c.deal
WHERE {stage:String} IN ('', d.stage)
    AND ({deal:String} IN ('', d.deal) OR endsWith(d.deal, concat(':', {deal:String})))
ORDER BY opened_at DESC, deal
LIMIT {limit:UInt32}
