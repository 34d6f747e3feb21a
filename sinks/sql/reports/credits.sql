-- Which touchpoints earned one lead or one deal, and how much of it each, by a model of attribution?
-- of: any identifier of the lead, for example crm:hubspot:17, or a deal: deal:<system>:<id>
-- model = first: first, last, last_non_direct, linear, position_40_20_40, u_40_40_20, u_50_50, w_shaped, full_path, time_decay, or one of the policy
-- milestone = : lead, marketing_qualified, sales_qualified, opportunity, poc or won; empty: all that were reached
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > person: whose touchpoint it is
-- > position: place among the touchpoints that earn, from 1; 0 if none led to it
SELECT
    c.milestone AS milestone,
    c.at AS at,
    c.position AS position,
    c.touch_at AS touch_at,
    c.touch_person AS person,
    c.touchpoint AS touchpoint,
    c.kind AS kind,
    c.channel AS channel,
    c.platform AS platform,
    c.campaign AS campaign,
    c.ad_group AS ad_group,
    c.keyword AS keyword,
    c.content AS content,
    c.weight AS weight,
    c.revenue AS revenue,
    c.currency AS currency
FROM {{attribution}}(
    model = {model:String}, milestone = {milestone:String}, grain = '', kinds = '', lookback_days = -1,
    half_life_days = ''
) AS c
WHERE c.deal = {of:String}
    OR (
        c.deal = ''
        AND c.person IN (SELECT person FROM journeys FINAL WHERE has(identifiers, {of:String}) OR person = {of:String})
    )
ORDER BY indexOf(['lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won'], c.milestone), c.position
