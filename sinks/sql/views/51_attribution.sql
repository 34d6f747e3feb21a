-- Which touchpoints earned each conversion, and how much of it, by any model: attribution(model = 'w_shaped', …).
-- Grain: one row per conversion and touchpoint that qualifies; one without any for a conversion that none led to.
-- The one place in which weights are computed. model: one of the view attribution_models. milestone: one of lead,
-- marketing_qualified, sales_qualified, opportunity, poc and won; empty: all. grain: by whose touchpoints: lead, deal
-- (a deal's, not a person's, conversions) or account; empty: people by lead, and deals by deal. kinds: which kinds of
-- touchpoints qualify, with commas between them, or all; empty: as the policy says. lookback_days: how long before the
-- conversion they do, 0 for any time; negative: as the policy says. half_life_days: of time_decay; empty: as the policy
-- says. The weights of a conversion sum to exactly one and its money to the cent: what is left of rounding goes to the
-- largest remainders, at the same remainder to the earlier touchpoint in order of (time, id).
CREATE OR REPLACE VIEW attribution
(
    grain String COMMENT 'By whose touchpoints: lead, deal or account',
    milestone String COMMENT 'lead, marketing_qualified, sales_qualified, opportunity, poc or won',
    person String COMMENT 'Person who converted; of a deal by lead, the one whose touchpoints they are; else empty',
    deal String COMMENT 'Deal that converted; empty for a conversion of a person or an account',
    account String COMMENT 'Account, as in deals and persons; empty if none is known',
    at DateTime64(3, 'UTC') COMMENT 'When it converted',
    day Date COMMENT 'Day of that in {{timezone}}',
    cohort_day Date COMMENT 'Day in {{timezone}} since which it is counted, as in conversions',
    currency String COMMENT 'Currency of the deal; empty for a conversion of a person, or if it is not known',
    owner String COMMENT 'Who owns the deal, or the lead, in sales',
    region String COMMENT 'Region, as in deals and persons',
    industry String COMMENT 'Industry, as in deals and persons',
    attributes Map(String, String) COMMENT 'What else the CRM says of the deal or the person, in its words',
    touchpoints UInt32 COMMENT 'How many touchpoints earn this conversion',
    position UInt32 COMMENT 'Place of this one among them, from 1; 0 in the row of a conversion that none led to',
    touchpoint String COMMENT 'Event id of the fact that began it; empty if none led to the conversion',
    touch_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it began; NULL if none led to the conversion',
    touch_person String COMMENT 'Whose it is',
    kind String COMMENT 'Kind of contact',
    channel String COMMENT 'Channel by the policy; (none) if none led to the conversion',
    platform String COMMENT 'Ad platform',
    source String COMMENT 'Source',
    medium String COMMENT 'Medium',
    campaign String COMMENT 'Campaign',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword that was bid on',
    search_term String COMMENT 'What the person typed',
    content String COMMENT 'Content',
    author String COMMENT 'Author of the content',
    published String COMMENT 'Day on which the content was published',
    landing_page String COMMENT 'First page, without protocol, query and fragment',
    weight Decimal(18, 15) COMMENT 'Share of the conversion that it earns; those of a conversion sum to exactly 1',
    revenue Decimal(38, 2) COMMENT 'Share of the amount of the won deal, in currency units; those of a deal sum to it exactly; 0 for other milestones'
)
AS WITH
    (SELECT groupArray(model) FROM attribution_models) AS models,
    ['lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won'] AS milestones,
    ['visit', 'link_click', 'qr_scan', 'email_click', 'event', 'call', 'download', 'told_by_crm'] AS all_kinds,
    ['lead', 'deal', 'account'] AS grains,
    multiIf(
        {kinds:String} = '', CAST({{reports.attribution.kinds}}, 'Array(String)'),
        {kinds:String} = 'all', [],
        arrayMap(kind -> trimBoth(kind), splitByChar(',', {kinds:String}))
    ) AS kinds,
    if({lookback_days:Int32} < 0, {{reports.attribution.lookback_days}}, {lookback_days:Int32}) AS lookback_days,
    if({half_life_days:String} = '', {{reports.attribution.half_life_days}}, toFloat64OrZero({half_life_days:String}))
        AS half_life_days,
    multiIf(
        {grain:String} != '' OR {milestone:String} = '', {grain:String},
        {milestone:String} IN ('opportunity', 'poc', 'won'), 'deal',
        'lead'
    ) AS only_grain,
    -- What was asked wrongly is said in a sentence, instead of an answer that looks like one.
    throwIf(NOT has(models, {model:String}), concat(
        'there is no model ''', {model:String}, ''' (did you mean ''',
        arraySort(name -> (editDistanceUTF8(name, {model:String}), name), models)[1], '''?); the models are ',
        arrayStringConcat(models, ', ')
    )) + throwIf({milestone:String} != '' AND NOT has(milestones, {milestone:String}), concat(
        'there is no milestone ''', {milestone:String}, ''' (did you mean ''',
        arraySort(name -> (editDistanceUTF8(name, {milestone:String}), name), milestones)[1], '''?); the milestones are ',
        arrayStringConcat(milestones, ', ')
    )) + throwIf({grain:String} != '' AND NOT has(grains, {grain:String}), concat(
        'the grain must be lead, deal or account, or empty, not ''', {grain:String}, ''''
    )) + throwIf(
        {grain:String} = 'deal' AND has(['lead', 'marketing_qualified', 'sales_qualified'], {milestone:String}),
        concat('a deal has no milestone ''', {milestone:String}, ''': ask by lead or by account')
    ) + throwIf(NOT hasAll(all_kinds, kinds), concat(
        'there is no kind of touchpoint ''', arrayFirst(kind -> NOT has(all_kinds, kind), kinds),
        '''; the kinds are ', arrayStringConcat(all_kinds, ', ')
    )) + throwIf(
        NOT (half_life_days > 0 AND half_life_days <= 36500),
        concat('the half-life must be a number of days greater than 0, not ''', {half_life_days:String}, '''')
    ) AS refused,
    paths AS
    (
        SELECT *
        FROM {{conversion_paths}}
        WHERE {grain:String} != 'account'
            AND grain = if({grain:String} = '', if(deal = '', 'lead', 'deal'), {grain:String})
            -- Said once more in words that an index understands.
            AND (only_grain = '' OR grain = only_grain)
            AND ({milestone:String} = '' OR milestone = {milestone:String})
        UNION ALL
        SELECT *
        FROM {{account_paths}}
        WHERE {grain:String} = 'account' AND ({milestone:String} = '' OR milestone = {milestone:String})
    ),
    qualified AS
    (
        SELECT
            *,
            arrayMap(
                (touched_at, kind) -> toUInt8(
                    (lookback_days = 0 OR touched_at >= at - toIntervalDay(lookback_days))
                    AND (empty(kinds) OR has(kinds, kind))
                ),
                touch_at, touch_kind
            ) AS qualifies,
            arraySum(qualifies) AS touchpoints,
            indexOf(qualifies, 1) AS first_place,
            arrayLastIndex(does -> does, qualifies) AS last_place,
            arrayLastIndex((does, channel) -> does AND channel != 'direct', qualifies, touch_channel) AS place_not_direct,
            -- Of the first person to become a lead by any of them, the last before.
            arraySort(arrayMap(
                (does, lead_at, whose) -> if(does, (lead_at, whose), (toDateTime64('2200-01-01', 3, 'UTC'), '')),
                qualifies, touch_lead_at, touch_person
            ))[1] AS led
        FROM paths
    ),
    placed AS
    (
        SELECT
            *,
            arrayLastIndex(
                (does, lead_at, whose) -> does AND lead_at = led.1 AND whose = led.2
                    AND lead_at < toDateTime64('2200-01-01', 3, 'UTC'),
                qualifies, touch_lead_at, touch_person
            ) AS lead_place,
            arrayLastIndex(
                (does, touched_at) -> does AND touched_at <= ifNull(opportunity_at, toDateTime64('1970-01-01', 3, 'UTC')),
                qualifies, touch_at
            ) AS opportunity_place,
            if(milestone = 'won', last_place, 0) AS closing_place,
            if(place_not_direct = 0, last_place, place_not_direct) AS last_non_direct_place
        FROM qualified
    ),
    weighed AS
    (
        SELECT
            placed.*,
            arrayMap(
                place -> toUInt64(
                    (place = first_place) * of_model.first + (place = lead_place) * of_model.lead
                    + (place = opportunity_place) * of_model.opportunity + (place = closing_place) * of_model.closing
                    + (place = last_place) * of_model.last
                    + (place = last_non_direct_place) * of_model.last_non_direct
                ),
                arrayEnumerate(qualifies)
            ) AS roles,
            toUInt64(arrayCount((does, role) -> does AND role = 0, qualifies, roles)) AS others,
            -- Whole numbers in the right proportion: nothing is rounded before the shares are.
            multiIf(
                of_model.is_decaying, arrayMap(
                    (does, touched_at) -> if(does, toUInt64(round(exp2(
                        52 - dateDiff('millisecond', touched_at, touch_at[last_place]) / (half_life_days * 86400000)
                    ))), 0),
                    qualifies, touch_at
                ),
                others > 0 AND of_model.rest > 0, arrayMap(
                    (does, role) -> multiIf(NOT does, 0, role = 0, toUInt64(of_model.rest), role * others), qualifies, roles
                ),
                arraySum(roles) > 0, roles,
                arrayMap(does -> toUInt64(does), qualifies)
            ) AS proportions,
            greatest(arraySum(each -> toUInt128(each), proportions), 1) AS whole
        FROM placed
        CROSS JOIN (SELECT * FROM attribution_models WHERE model = if(refused = 0, {model:String}, '')) AS of_model
    ),
    shared AS
    (
        SELECT
            *,
            -- One conversion is 10 to the 15th; each floor, and then one more for the largest remainders.
            arrayMap(each -> intDiv(toUInt128(each) * 1000000000000000, whole), proportions) AS floors,
            arraySort(
                (place, each) -> (-toInt128(toUInt128(each) * 1000000000000000 % whole), place),
                arrayEnumerate(proportions), proportions
            ) AS by_remainder,
            arraySort((rank, place) -> place, arrayEnumerate(by_remainder), by_remainder) AS ranks,
            1000000000000000 - arraySum(floors) AS left_over,
            arrayMap(each -> intDiv(toUInt128(each) * revenue_minor, whole), proportions) AS money_floors,
            arraySort(
                (place, each) -> (-toInt128(toUInt128(each) * revenue_minor % whole), place),
                arrayEnumerate(proportions), proportions
            ) AS by_money_remainder,
            arraySort((rank, place) -> place, arrayEnumerate(by_money_remainder), by_money_remainder) AS money_ranks,
            revenue_minor - arraySum(money_floors) AS money_left_over
        FROM weighed
    )
SELECT
    grain,
    milestone,
    person,
    deal,
    account,
    at,
    day,
    cohort_day,
    currency,
    owner,
    region,
    industry,
    attributes,
    toUInt32(touchpoints) AS touchpoints,
    place AS position,
    touchpoint,
    if(touchpoints = 0, NULL, began_at) AS touch_at,
    touched_by AS touch_person,
    kind,
    if(touchpoints = 0, '(none)', via) AS channel,
    platform,
    source,
    medium,
    campaign,
    ad_group,
    keyword,
    search_term,
    content,
    author,
    published,
    landing_page,
    reinterpret(toInt64(if(touchpoints = 0, 1000000000000000, share)), 'Decimal(18, 15)') AS weight,
    toDecimal128(if(touchpoints = 0, revenue_minor, cents), 2) / 100 AS revenue
FROM
(
    SELECT
        grain, milestone, person, deal, account, at, day, cohort_day, currency, owner, region, industry, attributes,
        touchpoints, revenue_minor,
        -- Without any, one row stands for the conversion.
        if(touchpoints = 0, [], touch_id) AS ids,
        if(touchpoints = 0, [], touch_at) AS times,
        if(touchpoints = 0, [], touch_person) AS people,
        if(touchpoints = 0, [], touch_kind) AS kinds_of_touch,
        if(touchpoints = 0, [], touch_channel) AS all_channel,
        if(touchpoints = 0, [], touch_platform) AS all_platform,
        if(touchpoints = 0, [], touch_source) AS all_source,
        if(touchpoints = 0, [], touch_medium) AS all_medium,
        if(touchpoints = 0, [], touch_campaign) AS all_campaign,
        if(touchpoints = 0, [], touch_ad_group) AS all_ad_group,
        if(touchpoints = 0, [], touch_keyword) AS all_keyword,
        if(touchpoints = 0, [], touch_search_term) AS all_search_term,
        if(touchpoints = 0, [], touch_content) AS all_content,
        if(touchpoints = 0, [], touch_author) AS all_author,
        if(touchpoints = 0, [], touch_published) AS all_published,
        if(touchpoints = 0, [], touch_landing_page) AS all_landing_page,
        if(touchpoints = 0, [], qualifies) AS do_qualify,
        if(touchpoints = 0, [], arrayCumSum(qualifies)) AS places,
        if(touchpoints = 0, [], arrayMap((each, rank) -> each + (rank <= left_over), floors, ranks)) AS shares,
        if(touchpoints = 0, [], arrayMap((each, rank) -> each + (rank <= money_left_over), money_floors, money_ranks)) AS money
    FROM shared
)
LEFT ARRAY JOIN
    ids AS touchpoint, times AS began_at, people AS touched_by, kinds_of_touch AS kind, all_channel AS via,
    all_platform AS platform, all_source AS source, all_medium AS medium, all_campaign AS campaign, all_ad_group AS ad_group,
    all_keyword AS keyword, all_search_term AS search_term, all_content AS content, all_author AS author, all_published AS published, all_landing_page AS landing_page,
    do_qualify AS does, places AS place, shares AS share, money AS cents
WHERE does OR touchpoints = 0
COMMENT 'Which touchpoints earned each conversion, and how much of it, by any model of attribution'
