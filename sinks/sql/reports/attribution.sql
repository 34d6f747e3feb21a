-- What earned the leads, the deals and the revenue, by any model of attribution and any dimension?
-- Conversions that no touchpoint led to stand in the row (none), and what is beyond the limit in the row (others), so
-- that the rows of a currency sum to all conversions, and to all revenue, of the time.
-- model = first: first, last, last_non_direct, linear, position_40_20_40, u_40_40_20, u_50_50, w_shaped, full_path, time_decay, or one of the policy
-- milestone = won | opportunity | poc | sales_qualified | marketing_qualified | lead: what was reached
-- by = channel | platform | source | medium | campaign | ad_group | keyword | search_term | content | author | landing_page | region | industry | owner | account | attribute: what a row is
-- attribute = : which attribute of the CRM, if by=attribute, for example Industry
-- mode = period | cohort: count on the day of the conversion, or on that since which the person or the deal is known
-- from = 1970-01-01: first day
-- to = 2099-12-31: last day
-- grain = : by whose touchpoints: lead, deal or account; empty: people by lead, deals by deal
-- lookback_days = -1: how many days before the conversion touchpoints earn it, 0 for any; -1: as the policy says
-- half_life_days = : after how many days a touchpoint earns half, by time_decay; empty: as the policy says
-- kinds = : which kinds of touchpoints earn, with commas between them, or all; empty: as the policy says
-- channel = : only this channel
-- platform = : only this ad platform
-- campaign = : only this campaign
-- keyword = : only this keyword
-- account = : only conversions of this account
-- owner = : only conversions of this owner in sales
-- region = : only conversions of this region
-- industry = : only conversions of this industry
-- limit = 50: number of rows
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > value: What earned it: the value of the dimension; (none): no touchpoint led to it; (others): all beyond the limit
-- > platform: Ad platform, by campaign, ad group or keyword
-- > campaign: Campaign, by ad group or keyword
-- > ad_group: Ad group, by keyword
-- > touchpoints: How many touchpoints of it lay on the way to the conversions, whatever they earned
-- > touched: How many conversions had it on their way, whatever it earned
-- > conversions: How many conversions it earned: the sum of its shares, which is a whole number over all rows
-- > share: Its part of all conversions of the currency; empty if they earned nothing
-- > revenue: Amount of the won deals that it earned, in units of the currency
-- > currency: Currency of the deals; empty of people, or if it is not known
-- ~ bars: value; conversions, revenue
SELECT
    if(place > {limit:UInt32}, '(others)', value) AS value,
    if(place > {limit:UInt32}, '', platform) AS platform,
    if(place > {limit:UInt32}, '', campaign) AS campaign,
    if(place > {limit:UInt32}, '', ad_group) AS ad_group,
    sum(touchpoints) AS touchpoints,
    if(max(place) > {limit:UInt32}, NULL, sum(touched)) AS touched,
    sum(earned) AS conversions,
    round(toFloat64(conversions) / nullIf(toFloat64(any(all_earned)), 0), 4) AS share,
    sum(money) AS revenue,
    currency
FROM
(
    SELECT
        *,
        row_number() OVER (ORDER BY money DESC, earned DESC, value, platform, campaign, ad_group, currency) AS place,
        sum(earned) OVER (PARTITION BY currency) AS all_earned
    FROM
    (
        SELECT
            if(
                c.position = 0 AND NOT has(['region', 'industry', 'owner', 'account', 'attribute'], {by:String}),
                '(none)', c.{by:Identifier}
            ) AS value,
            if(has(['campaign', 'ad_group', 'keyword', 'search_term'], {by:String}), c.platform, '') AS platform,
            if(has(['ad_group', 'keyword', 'search_term'], {by:String}), c.campaign, '') AS campaign,
            if(has(['keyword', 'search_term'], {by:String}), c.ad_group, '') AS ad_group,
            c.currency AS currency,
            countIf(c.position > 0) AS touchpoints,
            uniqExact(c.person, c.deal, c.account) AS touched,
            sum(c.weight) AS earned,
            sum(c.revenue) AS money
        FROM
        (
            SELECT *, attributes[{attribute:String}] AS attribute
            FROM {{attribution}}(
                model = {model:String}, milestone = {milestone:String}, grain = {grain:String}, kinds = {kinds:String},
                lookback_days = {lookback_days:Int32}, half_life_days = {half_life_days:String}
            )
        ) AS c
        WHERE if({mode:String} = 'cohort', c.cohort_day, c.day) BETWEEN {from:Date} AND {to:Date}
            -- Said once more in words that an index understands.
            AND ({mode:String} = 'cohort' OR c.day BETWEEN {from:Date} AND {to:Date})
            AND ({channel:String} = '' OR c.channel = {channel:String})
            AND ({platform:String} = '' OR c.platform = {platform:String})
            AND ({campaign:String} = '' OR c.campaign = {campaign:String})
            AND ({keyword:String} = '' OR c.keyword = {keyword:String})
            AND ({account:String} = '' OR c.account = {account:String})
            AND ({owner:String} = '' OR c.owner = {owner:String})
            AND ({region:String} = '' OR c.region = {region:String})
            AND ({industry:String} = '' OR c.industry = {industry:String})
        GROUP BY value, platform, campaign, ad_group, currency
    )
)
GROUP BY value, platform, campaign, ad_group, currency
ORDER BY revenue DESC, conversions DESC, value = '(others)', value, platform, campaign, ad_group, currency
