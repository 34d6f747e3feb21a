-- How fast does sales answer marketing qualified leads, and how many are waiting?
-- Leads that wait count for as long as they are known to wait (Kaplan–Meier). A lead is answered by the first follow-up
-- that the policy takes for an answer.
-- by = owner | channel | platform | campaign | keyword | account | region | industry | all: what a row is
-- days = 0: allowed days until the first answer; 0: those of the policy ([reports.response] unanswered_days)
-- from = 1970-01-01: first day of qualification
-- to = 2099-12-31: last day of qualification
-- until = 2099-12-31: last day that counts; who was answered later is taken for waiting
-- channel = : only this channel
-- platform = : only this ad platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- account = : only this account
-- owner = : only what this owner has
-- region = : only this region
-- industry = : only this industry
-- limit = 100: number of rows
-- > value: value of what a row is by; (none) if that is not known, (all) without any
-- > mqls: people who became marketing qualified
-- > answered: of these, the ones that sales answered
-- > answered_late: the ones answered after more than the allowed days
-- > waiting: the ones without an answer so far
-- > waiting_too_long: the ones that are known to have waited for more than the allowed days
-- > median_days: days within which half of all are answered; empty if fewer are
-- > p90_days: days within which 90 % of all are answered; empty if fewer are
-- > answered_in_time: share that is answered within the allowed days, with those who wait counted as waiting
-- > finished_median_days: median of those that were answered alone, for comparison
-- ~ bars: value; waiting, median_days
SELECT
    value,
    sum(curve.reached + curve.censored) AS mqls,
    sum(curve.reached) AS answered,
    sumIf(curve.reached, curve.days > allowed) AS answered_late,
    sum(curve.censored) AS waiting,
    sumIf(curve.censored, curve.days > allowed) AS waiting_too_long,
    -- A share of a half may come out a hair below it.
    round(minOrNullIf(curve.days, reached_share >= 0.5 - 1e-9), 1) AS median_days,
    round(minOrNullIf(curve.days, reached_share >= 0.9 - 1e-9), 1) AS p90_days,
    if(
        max(curve.days) >= allowed OR min(open_share) < 1e-9, round(maxIf(reached_share, curve.days <= allowed), 3), NULL
    ) AS answered_in_time,
    round(minOrNullIf(curve.days, finished_share >= 0.5 - 1e-9), 1) AS finished_median_days
FROM
    survival(
        transition = 'marketing_qualified_to_first_response', by = {by:String}, from = {from:Date}, to = {to:Date},
        until = {until:Date}, channel = {channel:String}, platform = {platform:String}, campaign = {campaign:String},
        keyword = {keyword:String}, account = {account:String}, owner = {owner:String}, region = {region:String},
        industry = {industry:String}, competitor = ''
    ) AS curve
CROSS JOIN
(
    SELECT if({days:UInt32} = 0, unanswered_days, {days:UInt32}) AS allowed FROM response_limits
) AS limits
GROUP BY value, allowed
ORDER BY waiting_too_long DESC, waiting DESC, mqls DESC, value
LIMIT {limit:UInt32}
