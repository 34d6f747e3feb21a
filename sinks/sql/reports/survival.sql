-- Which share has made a transition within how many days, and which is still open?
-- One row for each day on which anything happened; open cases count as open for as long as they are known to be.
-- transition = opportunity_to_won | lead_to_marketing_qualified | marketing_qualified_to_first_response | marketing_qualified_to_sales_qualified | sales_qualified_to_opportunity | opportunity_to_poc | poc_to_poc_ended | poc_to_won | lead_to_won | first_touch_to_won: which transition
-- by = all | channel | platform | campaign | keyword | account | owner | region | industry | competitor: what a curve is
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
-- > value: value of what a curve is by; (none) if that is not known, (all) without any
-- > days: within so many days
-- > at_risk: cases that were still open at the begin of that day
-- > reached: those who came to the end of the transition on it
-- > ended: those who ended otherwise
-- > censored: those of whom nothing later is known
-- > reached_share: share of all cases that have come to the end of the transition by then
-- > ended_share: share of all cases that have ended otherwise
-- > open_share: share of all cases that are still open; the three sum to 1
-- ~ lines: days; reached_share; value
SELECT
    who,
    value,
    toUInt32(ceil(curve.days)) AS days,
    max(curve.at_risk) AS at_risk,
    sum(curve.reached) AS reached,
    sum(curve.ended) AS ended,
    sum(curve.censored) AS censored,
    round(max(curve.reached_share), 4) AS reached_share,
    round(max(curve.ended_share), 4) AS ended_share,
    round(min(curve.open_share), 4) AS open_share
FROM
    survival(
        transition = {transition:String}, by = {by:String}, from = {from:Date}, to = {to:Date}, until = {until:Date},
        channel = {channel:String}, platform = {platform:String}, campaign = {campaign:String},
        keyword = {keyword:String}, account = {account:String}, owner = {owner:String}, region = {region:String},
        industry = {industry:String}, competitor = {competitor:String}
    ) AS curve
GROUP BY who, value, days
ORDER BY who DESC, value, days
