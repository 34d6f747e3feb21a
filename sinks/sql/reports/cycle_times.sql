-- How long does each transition take, from first touch to won deal, if those who are still on the way are counted, too?
-- The first two times are of all cases: by then half of them, or 90 %, have come to the end of the transition, and none stands
-- where so many never do. The next two are of those who get there at all. Both count open cases for as long as they are
-- known to be open, and those that are lost or left as ended. The last two leave out all that is not finished, as an
-- average in a spreadsheet does: the difference is what that hides.
-- transition = all | lead_to_marketing_qualified | marketing_qualified_to_first_response | marketing_qualified_to_sales_qualified | sales_qualified_to_opportunity | opportunity_to_poc | poc_to_poc_ended | poc_to_won | opportunity_to_won | lead_to_won | first_touch_to_won: which transition
-- by = all | channel | platform | campaign | keyword | account | owner | region | industry | competitor: what a row is
-- from = 1970-01-01: first day on which a case began
-- to = 2099-12-31: last day on which a case began
-- until = 2099-12-31: last day that counts; what happened later is taken for open
-- channel = : only this channel
-- platform = : only this ad platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- account = : only this account
-- owner = : only what this owner has
-- region = : only this region
-- industry = : only this industry
-- competitor = : only deals with this competitor
-- limit = 500: number of rows
-- > value: value of what a row is by; (none) if that is not known, (all) without any
-- > cases: people or deals that began the transition
-- > reached: those who came to its end
-- > ended: those who ended otherwise: skipped it, or are lost, recycled or disqualified
-- > still_open: those of whom neither is known yet
-- > median_days: days within which half of all cases come to the end of the transition; empty if fewer do, as far as is known
-- > p90_days: days within which 90 % of all cases do; empty if fewer do
-- > arrived_median_days: of those who come to its end, the days within which half do
-- > arrived_p90_days: of those who come to its end, the days within which 90 % do
-- > finished_median_days: the median without the open cases, for comparison
-- > finished_p90_days: the 90 % without the open cases, for comparison
-- > reached_30_days: share of all cases that come to the end within 30 days; empty if no case was watched for so long
-- > reached_60_days: share within 60 days
-- > reached_90_days: share within 90 days
-- ~ bars: transition, who; arrived_median_days, finished_median_days
SELECT
    transition,
    who,
    value,
    cases,
    reached,
    ended,
    still_open,
    round(curve.median_days, 1) AS median_days,
    round(curve.p90_days, 1) AS p90_days,
    round(curve.arrived_median_days, 1) AS arrived_median_days,
    round(curve.arrived_p90_days, 1) AS arrived_p90_days,
    round(curve.finished_median_days, 1) AS finished_median_days,
    round(curve.finished_p90_days, 1) AS finished_p90_days,
    round(curve.reached_30_days, 3) AS reached_30_days,
    round(curve.reached_60_days, 3) AS reached_60_days,
    round(curve.reached_90_days, 3) AS reached_90_days
FROM
    cycle_times_by(
        transition = {transition:String}, by = {by:String}, from = {from:Date}, to = {to:Date}, until = {until:Date},
        channel = {channel:String}, platform = {platform:String}, campaign = {campaign:String},
        keyword = {keyword:String}, account = {account:String}, owner = {owner:String}, region = {region:String},
        industry = {industry:String}, competitor = {competitor:String}
    ) AS curve
ORDER BY
    indexOf(
        [
            'lead_to_marketing_qualified', 'marketing_qualified_to_first_response',
            'marketing_qualified_to_sales_qualified', 'sales_qualified_to_opportunity', 'opportunity_to_poc',
            'poc_to_poc_ended', 'poc_to_won', 'opportunity_to_won', 'lead_to_won', 'first_touch_to_won'
        ],
        transition
    ),
    who DESC,
    cases DESC,
    value
LIMIT {limit:UInt32}
