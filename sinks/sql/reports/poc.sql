-- How many proofs of concept are there, how long do they take, and how do they end?
-- by = all | region | industry | competitor | owner | channel | campaign | keyword | account: what a row is
-- from = 1970-01-01: first day on which one began
-- to = 2099-12-31: last day on which one began
-- channel = : only this channel
-- campaign = : only this campaign
-- keyword = : only this keyword
-- account = : only this account
-- owner = : only what this owner has
-- region = : only this region
-- industry = : only this industry
-- competitor = : only deals with this competitor
-- limit = 100: number of rows
-- > value: value of what a row is by; (none) if that is not known, (all) without any
-- > pocs: deals whose proof of concept began
-- > running: of these, the ones that are not over
-- > passed: the ones that passed, by the policy's words ([reports.poc])
-- > failed: the ones that failed, by the policy's words ([reports.reasons]) or since a reason is told
-- > unknown: the ones that are over, and nobody said how in words that the policy knows
-- > passed_share: passed, of those that passed or failed
-- > won: deals of these that are won
-- > lost: deals of these that are lost
-- > median_days: days after which half of all are over, with the running ones counted as running; empty if fewer are
-- > p90_days: days after which 90 % of all are over; empty if fewer are
-- > finished_median_days: median of those that are over alone, for comparison
-- ~ bars: value; passed, failed, running
SELECT
    trial.value AS value,
    trial.pocs AS pocs,
    trial.running AS running,
    trial.passed AS passed,
    trial.failed AS failed,
    trial.unknown AS unknown,
    round(passed / nullIf(passed + failed, 0), 3) AS passed_share,
    trial.won AS won,
    trial.lost AS lost,
    cycle.median_days AS median_days,
    cycle.p90_days AS p90_days,
    cycle.finished_median_days AS finished_median_days
FROM
(
    SELECT
        if(
            (multiIf(
                {by:String} = 'region', region,
                {by:String} = 'industry', industry,
                {by:String} = 'competitor', competitor,
                {by:String} = 'owner', owner,
                {by:String} = 'channel', channel,
                {by:String} = 'campaign', campaign,
                {by:String} = 'keyword', keyword,
                {by:String} = 'account', account,
                '(all)'
            ) AS part) = '', '(none)', part
        ) AS value,
        count() AS pocs,
        countIf(result = 'running') AS running,
        countIf(result = 'passed') AS passed,
        countIf(result = 'failed') AS failed,
        countIf(result = 'unknown') AS unknown,
        countIf(is_won) AS won,
        countIf(is_lost) AS lost
    FROM poc_outcomes
    WHERE day BETWEEN {from:Date} AND {to:Date}
        AND {channel:String} IN ('', channel)
        AND {campaign:String} IN ('', campaign)
        AND {keyword:String} IN ('', keyword)
        AND {account:String} IN ('', account)
        AND {owner:String} IN ('', owner)
        AND {region:String} IN ('', region)
        AND {industry:String} IN ('', industry)
        AND {competitor:String} IN ('', competitor)
    GROUP BY value
) AS trial
LEFT JOIN
(
    -- A share of a half may come out a hair below it.
    SELECT
        value,
        round(minOrNullIf(days, reached_share >= 0.5 - 1e-9), 1) AS median_days,
        round(minOrNullIf(days, reached_share >= 0.9 - 1e-9), 1) AS p90_days,
        round(minOrNullIf(days, finished_share >= 0.5 - 1e-9), 1) AS finished_median_days
    FROM survival(
        transition = 'poc_to_poc_ended', by = {by:String}, from = {from:Date}, to = {to:Date}, until = '2099-12-31',
        channel = {channel:String}, platform = '', campaign = {campaign:String}, keyword = {keyword:String},
        account = {account:String}, owner = {owner:String}, region = {region:String}, industry = {industry:String},
        competitor = {competitor:String}
    )
    GROUP BY value
) AS cycle ON trial.value = cycle.value
ORDER BY pocs DESC, value
LIMIT {limit:UInt32}
