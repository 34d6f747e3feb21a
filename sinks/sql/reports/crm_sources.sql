-- What did each source that the CRM names, each owner or each month bring, and how long did it take?
-- It needs the CRM alone. A lead and its deals count for the lead's source; owner is that of the lead, and of the deal.
-- by = lead_source | owner | month | source_and_owner | source_and_month: what a row is; month is that of the day by mode
-- mode = cohort | period: count on the day since which the person or the deal is known, or on that on which it happened
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- lead_source = : only this source of the CRM
-- owner = : only this owner
-- limit = 50: number of rows
-- > part: the source, the owner or the month that a row is about; (none) if the CRM says nothing
-- > leads: people in the CRM who became a lead
-- > mqls: people who became marketing qualified
-- > sales_qualified: people who became sales qualified
-- > opportunities: deals opened
-- > pocs: deals that came to a proof of concept
-- > won: deals won
-- > lead_to_opportunity: deals opened for each lead; empty without leads
-- > win_rate: deals won of those opened; empty without any
-- > revenue: amount of the won deals in units of the currency; empty if they have several
-- > currency: currency of the revenue; (mixed) if there are several
-- > revenue_by_currency: amount of the won deals in each currency
-- > median_days: half of the won deals were closed within so many days since their first lead or touch
-- > p90_days: nine of ten were closed within so many days
-- ~ bars: part; leads, won, median_days
WITH
    sumMapIf([c.currency], [c.revenue], c.revenue > 0) AS by_currency,
    arraySort(each -> each.1, arrayZip(by_currency.1, by_currency.2)) AS sums
SELECT
    part,
    countIf(conversion = 'lead') AS leads,
    countIf(conversion = 'marketing_qualified') AS mqls,
    countIf(conversion = 'sales_qualified') AS sales_qualified,
    countIf(conversion = 'opportunity') AS opportunities,
    countIf(conversion = 'poc') AS pocs,
    countIf(conversion = 'won') AS won,
    round(opportunities / nullIf(leads, 0), 4) AS lead_to_opportunity,
    round(won / nullIf(opportunities, 0), 4) AS win_rate,
    if(length(sums) > 1, NULL, sum(c.revenue)) AS revenue,
    multiIf(length(sums) > 1, '(mixed)', empty(sums), '', sums[1].1) AS currency,
    arrayStringConcat(arrayMap(each -> trimRight(concat(toDecimalString(each.2, 2), ' ', each.1)), sums), ', ')
        AS revenue_by_currency,
    if(won = 0, NULL, round(quantileExactIf(0.5)(days, conversion = 'won'), 1)) AS median_days,
    if(won = 0, NULL, round(quantileExactIf(0.9)(days, conversion = 'won'), 1)) AS p90_days
FROM
(
    SELECT
        *,
        if({mode:String} = 'cohort', cohort_day, day) AS counted_on,
        formatDateTime(counted_on, '%Y-%m') AS month,
        if(lead_source = '', '(none)', lead_source) AS source,
        if(owner = '', '(none)', owner) AS owned,
        multiIf(
            {by:String} = 'owner', owned,
            {by:String} = 'month', month,
            {by:String} = 'source_and_owner', concat(source, ' › ', owned),
            {by:String} = 'source_and_month', concat(source, ' › ', month),
            source
        ) AS part
    FROM crm_conversions
    WHERE {lead_source:String} IN ('', lead_source) AND {owner:String} IN ('', owner)
) AS c
WHERE counted_on BETWEEN {from:Date} AND {to:Date}
GROUP BY part
ORDER BY if({by:String} = 'month', part, ''), won DESC, leads DESC, part
LIMIT {limit:UInt32}
