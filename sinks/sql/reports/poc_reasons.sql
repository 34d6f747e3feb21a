-- Why do proofs of concept fail, by region and industry?
-- by = region_and_industry | region | industry | competitor | owner | channel | campaign | keyword | account | all: what the reasons are told apart by
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
-- limit = 200: number of rows
-- > value: value of what the reasons are told apart by; (none) if that is not known, (all) without any
-- > reason: what the reason means; if the policy does not know it ([reports.reasons]), in the words of the CRM; (not told) if nobody said
-- > failed: proofs of concept that failed for this reason
-- > share: of those that failed with this value
-- > pocs: all proofs of concept with this value
-- > failed_share: of all that passed or failed with this value, the share that failed, for any reason
-- ~ bars: value, reason; failed
SELECT
    value,
    reason,
    failed,
    round(failed / sum(failed) OVER of_value, 3) AS share,
    sum(counted) OVER of_value AS pocs,
    round(sum(failed) OVER of_value / (sum(failed) OVER of_value + sum(passed) OVER of_value), 3) AS failed_share
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
                {by:String} = 'region_and_industry',
                concat(if(region = '', '(none)', region), ' · ', if(industry = '', '(none)', industry)),
                '(all)'
            ) AS part) = '', '(none)', part
        ) AS value,
        multiIf(
            result != 'failed', '',
            reason_meant != '', reason_meant,
            poc_outcomes.reason = '', '(not told)',
            poc_outcomes.reason
        ) AS reason,
        countIf(result = 'failed') AS failed,
        countIf(result = 'passed') AS passed,
        count() AS counted
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
    GROUP BY value, reason
)
WINDOW of_value AS (PARTITION BY value)
QUALIFY failed > 0
ORDER BY sum(failed) OVER of_value DESC, value, failed DESC, reason
LIMIT {limit:UInt32}
