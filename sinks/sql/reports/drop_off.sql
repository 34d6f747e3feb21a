-- Where do people and deals drop out of the funnel, why, and how many are still waiting in each step?
-- Of each step, the rows sum to all who came to it: those who went on, those who wait, and those who left, by reason.
-- Who waits is neither lost nor won. Reasons stand in the words of the CRM, and in those of the policy where it knows them.
-- by = total | channel | platform | source | campaign | ad_group | keyword | content | author | landing_page | region | industry | owner | attribute: what a part is
-- attribute = : with by=attribute, the name of the attribute in the CRM
-- mode = cohort | period: count on the day since which the person or the deal is known, or on that of each step
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- owner = : only this owner
-- region = : only this region
-- industry = : only this industry
-- step = all | visitor | lead | marketing_qualified | sales_qualified | opportunity | poc | won: only this step
-- limit = 500: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > part: value of what was asked by; (all) without any
-- > step: visitor, lead, marketing_qualified, sales_qualified, opportunity, poc or won
-- > unit: what is counted: people or deals
-- > outcome: went_on, waiting, won, lost, recycled, disqualified, or poc_failed: lost after a proof of concept that failed
-- > reason: why, in the words of the CRM; empty if it does not say
-- > reason_meant: what that means, for example no_budget; empty if the policy does not know it
-- > count: how many it was
-- > share: their share of all who came to the step
-- ~ bars: part, step, outcome, reason; count
SELECT
    part,
    step,
    unit,
    outcome,
    reason,
    reason_meant,
    count,
    toFloat64(count) / sum(count) OVER (PARTITION BY part, step) AS share
FROM
(
    SELECT
        if(f.{by:Identifier} = '', '(none)', f.{by:Identifier}) AS part,
        f.step AS step,
        any(f.rank) AS place,
        if(place > 4, 'deals', 'people') AS unit,
        f.outcome AS outcome,
        f.reason AS reason,
        any(f.reason_meant) AS reason_meant,
        count() AS count
    FROM
    (
        SELECT *, day AS period_day, '(all)' AS total, attributes[{attribute:String}] AS attribute FROM {{steps_reached}}
    ) AS f
    WHERE f.{mode:Identifier}_day BETWEEN {from:Date} AND {to:Date}
        AND {channel:String} IN ('', f.channel)
        AND {platform:String} IN ('', f.platform)
        AND {campaign:String} IN ('', f.campaign)
        AND {keyword:String} IN ('', f.keyword)
        AND {owner:String} IN ('', f.owner)
        AND {region:String} IN ('', f.region)
        AND {industry:String} IN ('', f.industry)
        AND {step:String} IN ('all', f.step)
    GROUP BY part, step, outcome, reason
)
ORDER BY
    sum(count) OVER (PARTITION BY part) DESC, part, place,
    indexOf(['went_on', 'won', 'waiting'], outcome) = 0, indexOf(['went_on', 'won', 'waiting'], outcome),
    count DESC, outcome, reason
LIMIT {limit:UInt32}
