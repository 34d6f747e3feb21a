-- Where are deals won and where lost, to whom, by whom and why?
-- mode = period | cohort: count a deal on the day on which it was won or lost, or on that on which it was opened
-- by = region | industry | competitor | owner | reason | channel | campaign | keyword | account | all: what a row is
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- channel = : only this channel
-- campaign = : only this campaign
-- keyword = : only this keyword
-- account = : only this account
-- owner = : only what this owner has
-- region = : only this region
-- industry = : only this industry
-- competitor = : only deals with this competitor
-- limit = 200: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > value: value of what a row is by; (none) if that is not known, (all) without any; a reason by its meaning, else in the words of the CRM
-- > won: deals won
-- > lost: deals lost
-- > open: deals still open that were opened on these days
-- > left_otherwise: deals that were neither won nor lost, but recycled or disqualified
-- > won_share: won, of those won or lost
-- > revenue: amount of the won deals in the currency
-- > lost_amount: amount of the lost deals in the currency
-- > open_amount: amount of the open deals in the currency
-- > currency: currency of the amounts; deals of several currencies have a row each
-- ~ bars: value; won, lost
SELECT
    value,
    sum(d.won) AS won,
    sum(d.lost) AS lost,
    sum(d.still_open) AS open,
    sum(d.went) AS left_otherwise,
    round(won / nullIf(won + lost, 0), 3) AS won_share,
    sum(if(d.won = 1, d.amount, 0)) AS revenue,
    sum(if(d.lost = 1, d.amount, 0)) AS lost_amount,
    sum(if(d.still_open = 1, d.amount, 0)) AS open_amount,
    currency
FROM
(
    SELECT
        multiIf(
            {by:String} = 'region', region,
            {by:String} = 'industry', industry,
            {by:String} = 'competitor', competitor,
            {by:String} = 'owner', owner,
            {by:String} = 'channel', channel,
            {by:String} = 'campaign', campaign,
            {by:String} = 'keyword', keyword,
            {by:String} = 'account', account,
            {by:String} = 'reason', if(reason_meant = '', reason, reason_meant),
            '(all)'
        ) AS part,
        if(part = '', '(none)', part) AS value,
        outcome = 'won' AS won,
        outcome = 'lost' AS lost,
        outcome = 'open' AS still_open,
        outcome IN ('recycled', 'disqualified') AS went,
        amount,
        currency
    FROM {{deal_outcomes}}
    WHERE if({mode:String} = 'period', day, opened_day) BETWEEN {from:Date} AND {to:Date}
        AND {channel:String} IN ('', channel)
        AND {campaign:String} IN ('', campaign)
        AND {keyword:String} IN ('', keyword)
        AND {account:String} IN ('', account)
        AND {owner:String} IN ('', owner)
        AND {region:String} IN ('', region)
        AND {industry:String} IN ('', industry)
        AND {competitor:String} IN ('', competitor)
) AS d
GROUP BY value, currency
ORDER BY won + lost DESC, open DESC, value, currency
LIMIT {limit:UInt32}
