-- Who came to a step of the funnel, where from, and what became of them there?
-- One row for each person or deal: as many as funnel_steps counts in the step when it is asked for the same.
-- step = lead | visitor | marketing_qualified | sales_qualified | opportunity | poc | won: which step
-- outcome = all | went_on | waiting | left | won: all of them, or only those who went on, who wait, who were lost, recycled or disqualified or whose proof of concept failed, or the deals won
-- way = all | entered | passed_over: all, or only those who entered the step themselves, or who came further without it
-- by = total | channel | platform | source | campaign | ad_group | keyword | content | author | landing_page | region | industry | owner | attribute | month: what parts are told apart by
-- part = : only this part, as funnel_steps names it; empty: all
-- attribute = : with by=attribute, the name of the attribute in the CRM
-- reason = : only who left for this reason, in the words of the CRM
-- mode = cohort | period: count on the day since which the person or the deal is known, or on that of the step
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- platform = : only this platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- owner = : only this owner
-- region = : only this region
-- industry = : only this industry
-- limit = 100000: number of rows
-- > person: who reached the step; empty for a step of a deal
-- > deal: deal that reached the step; empty for a step of a person
-- > name: name of the deal in the CRM; empty for a step of a person
-- > at: when the step was reached
-- > days_to_next: days until the next step; empty if it was not reached, or if this one was passed over
-- > way: entered, or passed_over by whoever came to a later step without this one
SELECT
    f.person AS person,
    f.deal AS deal,
    of_deal.name AS name,
    if(f.deal = '', of_person.company, of_deal.company) AS company,
    f.owner AS owner,
    f.at AS at,
    f.outcome AS outcome,
    f.reason AS reason,
    f.reason_meant AS reason_meant,
    if(f.is_entered, round((toUnixTimestamp64Milli(f.next_at) - toUnixTimestamp64Milli(f.at)) / 86400000, 1), NULL)
        AS days_to_next,
    if(f.is_entered, 'entered', 'passed_over') AS way,
    f.channel AS channel,
    f.campaign AS campaign,
    f.keyword AS keyword,
    f.region AS region,
    f.industry AS industry
FROM
(
    SELECT
        *,
        day AS period_day,
        '(all)' AS total,
        attributes[{attribute:String}] AS attribute,
        formatDateTime({mode:Identifier}_day, '%Y-%m') AS month
    FROM steps_reached
    WHERE step = {step:String}
) AS f
LEFT JOIN (SELECT person, company FROM persons) AS of_person ON f.person = of_person.person
LEFT JOIN (SELECT deal, name, company FROM deals) AS of_deal ON f.deal = of_deal.deal
WHERE f.{mode:Identifier}_day BETWEEN {from:Date} AND {to:Date}
    AND ({part:String} = '' OR if(f.{by:Identifier} = '', '(none)', f.{by:Identifier}) = {part:String})
    AND multiIf(
        {outcome:String} = 'all', true,
        {outcome:String} = 'left', f.outcome NOT IN ('went_on', 'waiting', 'won'),
        f.outcome = {outcome:String}
    )
    AND {way:String} IN ('all', if(f.is_entered, 'entered', 'passed_over'))
    AND {reason:String} IN ('', f.reason)
    AND {channel:String} IN ('', f.channel)
    AND {platform:String} IN ('', f.platform)
    AND {campaign:String} IN ('', f.campaign)
    AND {keyword:String} IN ('', f.keyword)
    AND {owner:String} IN ('', f.owner)
    AND {region:String} IN ('', f.region)
    AND {industry:String} IN ('', f.industry)
ORDER BY at DESC, person, deal
LIMIT {limit:UInt32}
