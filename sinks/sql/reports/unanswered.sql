-- Which marketing qualified leads did sales leave without a follow-up for too long?
-- days = 0: allowed days between qualification and the first follow-up that answers; 0: those of the policy ([reports.response] unanswered_days)
-- state = all | waiting | late: all, only those that are still waiting, or only those that were answered late
-- from = 1970-01-01: first day of qualification
-- to = 2099-12-31: last day of qualification
-- owner = : only what this owner has
-- grade = : only this grade, by its meaning or in the words of sales
-- tag = : only with this tag, by its meaning or in the words of sales
-- channel = : only this channel
-- platform = : only this ad platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- account = : only this account
-- region = : only this region
-- industry = : only this industry
-- limit = 50: number of rows
-- > followed_up_at: when the first follow-up came that answers the lead; empty while it is waiting
-- > waited_days: days until then, without one until now
-- > grade: what the newest grade of sales means; if the policy does not know it, the grade in the words of sales
-- > tags: what the tags of sales mean; if the policy knows none of them, in the words of sales
-- ~ bars: company, person; waited_days
SELECT
    lead.person AS person,
    company,
    lead.owner AS owner,
    qualified_at,
    first_answer_at AS followed_up_at,
    round(days_waited, 1) AS waited_days,
    if(lead.grade = '', grade_raw, lead.grade) AS grade,
    if(lead.tags = '', tags_raw, lead.tags) AS tags,
    channel
FROM mql_feedback AS lead
LEFT JOIN person_attributes AS belongs ON lead.person = belongs.person
WHERE days_waited > if({days:UInt32} = 0, (SELECT unanswered_days FROM response_limits), {days:UInt32})
    AND multiIf({state:String} = 'waiting', isNull(first_answer_at), {state:String} = 'late', isNotNull(first_answer_at), true)
    AND day BETWEEN {from:Date} AND {to:Date}
    AND {owner:String} IN ('', lead.owner)
    AND {grade:String} IN ('', lead.grade, grade_raw)
    AND ({tag:String} = '' OR has(splitByString(', ', lead.tags), {tag:String}) OR has(splitByString(', ', tags_raw), {tag:String}))
    AND {channel:String} IN ('', channel)
    AND {platform:String} IN ('', platform)
    AND {campaign:String} IN ('', campaign)
    AND {keyword:String} IN ('', keyword)
    AND {account:String} IN ('', account)
    AND {region:String} IN ('', belongs.region)
    AND {industry:String} IN ('', belongs.industry)
ORDER BY days_waited DESC, person
LIMIT {limit:UInt32}
