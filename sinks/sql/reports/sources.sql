-- How did each lead come: as it was tracked, as it says itself, and as sales typed?
-- from = 1970-01-01: first day on which the person became a lead
-- to = 2099-12-31: last day
-- show = all | disagreeing: all leads, or only those of whom two sources differ
-- model = first | last: which touch is the tracked source
-- owner = : only leads of this owner
-- person = : only this person
-- limit = 100: number of rows
-- > channel: channel of that touch by the policy; (none) without one
-- > tracked: source of the first or the last touch before the person became a lead; (none) without one
-- > disagree: 1 if two of the three that are known differ
SELECT
    day,
    person,
    company,
    owner,
    if({model:String} = 'first', first_channel, last_channel) AS channel,
    if({model:String} = 'first', tracked_first, tracked_last) AS tracked,
    self_reported,
    self_reported_by,
    told_by_lead,
    crm_typed,
    typed_by_sales,
    toUInt8(length(arrayDistinct(arrayFilter(
        source -> source NOT IN ('(none)', '(unknown)'), [tracked, told_by_lead, typed_by_sales]
    ))) > 1) AS disagree
FROM lead_sources
WHERE day BETWEEN {from:Date} AND {to:Date}
    AND ({owner:String} = '' OR owner = {owner:String})
    AND {person:String} IN ('', person)
    AND ({show:String} = 'all' OR disagree)
ORDER BY day DESC, person
LIMIT {limit:UInt32}
