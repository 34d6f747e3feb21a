-- Where do tracked, self-reported and typed sources differ, and how often do they agree?
-- compare = tracked_lead | tracked_sales | lead_sales: which two: tracked and told by the lead, tracked and typed by sales, told and typed
-- from = 1970-01-01: first day on which the person became a lead
-- to = 2099-12-31: last day
-- model = first | last: which touch is the tracked source
-- > one: source by the first of the two; (none) if it says nothing, (unknown) if the policy does not know its words
-- > other: source by the second of the two, likewise
-- > leads: leads with this pair of sources
-- > share: share of all leads of these days
-- > agreement: share of the leads of which both sources are known whose sources are the same
-- ~ bars: one, other; leads
SELECT
    one,
    other,
    count() AS leads,
    round(leads / sum(leads) OVER (), 4) AS share,
    round(
        sum(if(one = other AND is_known, leads, 0)) OVER () / nullIf(sum(if(is_known, leads, 0)) OVER (), 0), 4
    ) AS agreement
FROM
(
    SELECT
        if({model:String} = 'first', tracked_first, tracked_last) AS tracked,
        if({compare:String} = 'lead_sales', told_by_lead, tracked) AS one,
        if({compare:String} = 'tracked_lead', told_by_lead, typed_by_sales) AS other,
        one NOT IN ('(none)', '(unknown)') AND other NOT IN ('(none)', '(unknown)') AS is_known
    FROM lead_sources
    WHERE day BETWEEN {from:Date} AND {to:Date}
)
GROUP BY one, other, is_known
ORDER BY one, other
