-- Which deals are there, what brought each, and which of them stand still for longer than others did?
-- Open deals come first, those before all that are in their stage for longest beyond the time in which nine of ten left it.
-- state = all | open | won | lost | left: left are those that were recycled or disqualified
-- from = 1970-01-01: first day on which a deal was opened
-- to = 2099-12-31: last day on which one was opened
-- deal = : only this deal
-- account = : only deals of this account
-- owner = : only what this owner has; (none): nobody's
-- channel = : only what this channel brought, by the first touch before the deal was opened
-- campaign = : only what this campaign brought, likewise
-- keyword = : only what this keyword brought, likewise
-- region = : only this region
-- industry = : only this industry
-- limit = 50: number of rows
-- offset = 0: number of rows before the first one
-- > stage_at: when it entered that stage last
-- > days_in_stage: whole days since then, until the newest entry of anybody into any stage; empty of a deal that is closed
-- > median_days: of all who left this stage, half did so within so many days, as in the report stages
-- > p90_days: nine of ten did so within so many days
-- > days_over: days beyond these nine of ten; empty if it is not beyond, or closed
-- > chance: chance to be won of deals that are in this stage for so long; empty of a deal that is closed
-- > of_all: how many deals are in the whole list
SELECT
    d.deal AS deal,
    d.name AS name,
    d.account AS account,
    d.company AS company,
    d.owner AS owner,
    d.stage AS stage,
    entered.stage_at AS stage_at,
    if(waits.deal = '', NULL, waits.age_days) AS days_in_stage,
    usual.median_days AS median_days,
    usual.p90_days AS p90_days,
    if(days_in_stage > usual.p90_days, round(days_in_stage - usual.p90_days, 1), NULL) AS days_over,
    if(waits.deal = '', NULL, round(waits.chance, 3)) AS chance,
    d.amount AS amount,
    d.currency AS currency,
    d.people AS people,
    d.opened_at AS opened_at,
    d.closed_at AS closed_at,
    d.reason AS reason,
    d.poc_at AS poc_at,
    d.poc_ended_at AS poc_ended_at,
    d.poc_result AS poc_result,
    d.poc_reason AS poc_reason,
    d.region AS region,
    d.industry AS industry,
    d.competitor AS competitor,
    came.first_channel AS first_channel,
    came.first_platform AS first_platform,
    came.first_campaign AS first_campaign,
    came.first_ad_group AS first_ad_group,
    came.first_keyword AS first_keyword,
    came.first_content AS first_content,
    came.last_channel AS last_channel,
    came.last_keyword AS last_keyword,
    origins.origin AS origin,
    count() OVER () AS of_all
FROM deals AS d
LEFT JOIN (SELECT * FROM conversions WHERE conversion = 'opportunity') AS came ON d.deal = came.deal
LEFT JOIN deal_origins AS origins ON d.deal = origins.deal
LEFT JOIN (SELECT deal, age_days, chance FROM open_pipeline WHERE deal != '') AS waits ON d.deal = waits.deal
LEFT JOIN
(
    SELECT deal, stage, max(entered_at) AS stage_at FROM stage_durations WHERE deal != '' GROUP BY deal, stage
) AS entered ON d.deal = entered.deal AND d.stage = entered.stage
LEFT JOIN
(
    SELECT
        stage,
        round(quantileExact(0.5)(days), 1) AS median_days,
        round(quantileExact(0.9)(days), 1) AS p90_days
    FROM stage_durations
    WHERE deal != ''
    GROUP BY stage
) AS usual ON d.stage = usual.stage AND isNull(d.closed_at)
WHERE {deal:String} IN ('', d.deal)
    AND {state:String} IN (
        'all', multiIf(d.stage IN ('won', 'lost'), d.stage, d.stage IN ('recycled', 'disqualified'), 'left', 'open')
    )
    AND came.day BETWEEN {from:Date} AND {to:Date}
    AND {account:String} IN ('', d.account)
    AND {owner:String} IN ('', if(d.owner = '', '(none)', d.owner))
    AND {channel:String} IN ('', came.first_channel)
    AND {campaign:String} IN ('', came.first_campaign)
    AND {keyword:String} IN ('', came.first_keyword)
    AND {region:String} IN ('', d.region)
    AND {industry:String} IN ('', d.industry)
ORDER BY d.stage IN ('won', 'lost', 'recycled', 'disqualified'), days_over DESC NULLS LAST, d.opened_at DESC, deal
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
