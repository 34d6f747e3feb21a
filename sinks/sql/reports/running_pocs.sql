-- Which proofs of concept are running, since when, and which take longer than usual?
-- Usual is what those took that are over, of all time; no planned end is known.
-- show = all | over: all that are running, or only those that take longer than nine of ten
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
-- > running_days: days since it began, as far as is known
-- > usual_days: half of those that are over took at most so many days
-- > usual_p90_days: nine of ten of those took at most so many days
-- > is_over: 1 if it takes longer than those
-- ~ bars: company, name; running_days
SELECT
    deal,
    name,
    company,
    owner,
    region,
    industry,
    competitor,
    started_at,
    round(trial.days, 1) AS running_days,
    usual.median AS usual_days,
    usual.p90 AS usual_p90_days,
    toUInt8(ifNull(trial.days > usual.p90, false)) AS is_over,
    amount,
    currency,
    channel
FROM poc_outcomes AS trial
CROSS JOIN
(
    -- A share of a half may come out a hair below it.
    SELECT
        round(minOrNullIf(days, arrived_share >= 0.5 - 1e-9), 1) AS median,
        round(minOrNullIf(days, arrived_share >= 0.9 - 1e-9), 1) AS p90
    FROM survival(
        transition = 'poc_to_poc_ended', by = 'all', from = '1970-01-01', to = '2099-12-31', until = '2099-12-31',
        channel = '', platform = '', campaign = '', keyword = '', account = '', owner = '', region = '', industry = '',
        competitor = ''
    )
) AS usual
WHERE result = 'running'
    AND ({show:String} = 'all' OR is_over)
    AND day BETWEEN {from:Date} AND {to:Date}
    AND {channel:String} IN ('', channel)
    AND {campaign:String} IN ('', campaign)
    AND {keyword:String} IN ('', keyword)
    AND {account:String} IN ('', account)
    AND {owner:String} IN ('', owner)
    AND {region:String} IN ('', region)
    AND {industry:String} IN ('', industry)
    AND {competitor:String} IN ('', competitor)
ORDER BY running_days DESC, deal
LIMIT {limit:UInt32}
