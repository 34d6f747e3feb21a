-- How many have made a transition within how many days: the curve of each transition, with those that are still open counted as what they are.
-- Grain: one row per transition, value of what it is grouped by, and number of days after which anything happened.
-- Open cases are at risk until they are censored (Kaplan–Meier): they are neither left out, which makes a transition look
-- fast, nor counted as made. A case that ended otherwise will not make the transition: it goes on counting in the share, and
-- is no longer at risk (Aalen–Johansen). Had it only been censored, as Kaplan–Meier would have it, the share of
-- deals won within a year would be that of deals of which none is ever lost.
-- transition: one of transitions, or all. by: all, channel, platform, campaign, keyword, account, owner, region, industry or
-- competitor. from, to: days on which a case began. until: the last day that counts; what happened later is open then.
-- Of channel, platform and so on, empty is all.
CREATE OR REPLACE VIEW survival
(
    transition String COMMENT 'From where to where, as in transitions',
    who String COMMENT 'person or deal: whose transition it is',
    value String COMMENT 'Value of what it is grouped by; (none) if that is not known, (all) without any',
    days Float64 COMMENT 'Days since the transition began',
    at_risk UInt64 COMMENT 'Cases that were still open just before, and are known to have been',
    reached UInt64 COMMENT 'Of these, the ones that made the transition after just so many days',
    ended UInt64 COMMENT 'The ones that ended otherwise: skipped, lost, recycled or disqualified',
    censored UInt64 COMMENT 'The ones of which nothing later is known yet',
    reached_share Float64 COMMENT 'Share of all cases that have made the transition within so many days',
    ended_share Float64 COMMENT 'Share of all cases that have ended otherwise within so many days',
    open_share Float64 COMMENT 'Share of all cases that are still open after so many days; the three sum to 1',
    arrived_share Float64 COMMENT 'Of those who make the transition in the end, as far as that is known, the share that has within so many days: reached_share for each unit of what it comes to; 0 if none did',
    finished_share Float64 COMMENT 'The same, if all open cases are left out, which makes a transition look faster than it is: for comparison'
)
AS WITH
    toDateTime64({until:Date} + 1, 3, '{{timezone}}') AS cut_at,
    counted AS
    (
        SELECT
            transition, who, value, days,
            countIf(how = 'reached') AS reached,
            countIf(how = 'ended') AS ended,
            countIf(how = 'open') AS censored
        FROM
        (
            SELECT
                if(deal = '', 'person', 'deal') AS who,
                transition,
                multiIf(
                    {by:String} = 'channel', channel,
                    {by:String} = 'platform', platform,
                    {by:String} = 'campaign', campaign,
                    {by:String} = 'keyword', keyword,
                    {by:String} = 'account', account,
                    {by:String} = 'owner', owner,
                    {by:String} = 'region', region,
                    {by:String} = 'industry', industry,
                    {by:String} = 'competitor', competitor,
                    '(all)'
                ) AS part,
                if(part = '', '(none)', part) AS value,
                multiIf(
                    isNull(ended_at) OR ended_at >= cut_at, 'open',
                    outcome = 'reached', 'reached',
                    'ended'
                ) AS how,
                -- Of an end after the last day, all that was known then is that it had not come.
                greatest(
                    if(
                        ifNull(ended_at, censored_at) >= cut_at,
                        (toUnixTimestamp64Milli(cut_at) - toUnixTimestamp64Milli(started_at)) / 86400000,
                        transitions.days
                    ),
                    0
                ) AS days
            FROM transitions
            WHERE day BETWEEN {from:Date} AND {to:Date}
                AND started_at < cut_at
                AND {transition:String} IN ('all', transition)
                AND {channel:String} IN ('', channel)
                AND {platform:String} IN ('', platform)
                AND {campaign:String} IN ('', campaign)
                AND {keyword:String} IN ('', keyword)
                AND {account:String} IN ('', account)
                AND {owner:String} IN ('', owner)
                AND {region:String} IN ('', region)
                AND {industry:String} IN ('', industry)
                AND {competitor:String} IN ('', competitor)
        )
        GROUP BY transition, who, value, days
    ),
    risked AS
    (
        SELECT
            *,
            sum(reached + ended + censored) OVER since AS at_risk,
            sum(reached) OVER until_then AS reached_so_far,
            sum(reached) OVER whole AS reached_at_all
        FROM counted
        WINDOW
            since AS (PARTITION BY transition, who, value ORDER BY days DESC),
            until_then AS (PARTITION BY transition, who, value ORDER BY days),
            whole AS (PARTITION BY transition, who, value)
    ),
    survived AS
    (
        SELECT
            *,
            exp(sum(log(1 - (reached + ended) / at_risk)) OVER (
                PARTITION BY transition, who, value ORDER BY days
            )) AS open_share
        FROM risked
    ),
    stepped AS
    (
        SELECT
            *,
            lagInFrame(open_share, 1, 1.) OVER (
                PARTITION BY transition, who, value ORDER BY days
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) / at_risk AS weight
        FROM survived
    ),
    summed AS
    (
        SELECT
            *,
            sum(weight * reached) OVER so_far AS reached_share,
            sum(weight * ended) OVER so_far AS ended_share
        FROM stepped
        WINDOW so_far AS (PARTITION BY transition, who, value ORDER BY days)
    )
SELECT
    transition,
    who,
    value,
    days,
    at_risk,
    reached,
    ended,
    censored,
    reached_share,
    ended_share,
    open_share,
    if(reached_at_all = 0, 0, reached_share / max(reached_share) OVER (PARTITION BY transition, who, value)) AS arrived_share,
    if(reached_at_all = 0, 0, reached_so_far / reached_at_all) AS finished_share
FROM summed
COMMENT 'How many have made a transition within how many days: the curve of each transition, with those that are still open counted as what they are'
