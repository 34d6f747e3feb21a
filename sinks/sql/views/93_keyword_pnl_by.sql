-- What each keyword cost, earned and may still earn, by a model and a way to count days: keyword_pnl_by(model='last', mode='cohort').
-- Grain: one row per day, platform, account, campaign, ad group, keyword, search term and currency.
-- model: one of the view attribution_models. mode: period counts on the day on which something happened, what is open on that on which it
-- became a lead or was opened; cohort counts on the day since which the person or the deal is known.
-- All cost and all conversions are in it: sums tie to the invoice and to the deals.
CREATE OR REPLACE VIEW keyword_pnl_by
(
    day Date COMMENT 'Of impressions, clicks and cost: the day of the ad account; of all else: the day in {{timezone}}, as mode says',
    platform String COMMENT 'Ad platform; empty of what came by no ad',
    account String COMMENT 'Ad account; of what was earned, that of the campaign, empty if several have one of that name or no report knows it',
    campaign String COMMENT 'Campaign (计划)',
    ad_group String COMMENT 'Ad group (单元)',
    keyword String COMMENT 'Keyword (关键词); (unallocated) holds the cost that the platform reports without one, and of platforms without keywords what the campaign earned; empty if it is not known',
    search_term String COMMENT 'Search term (搜索词), what the person typed; (unallocated) holds impressions, clicks and cost, which platforms report by keyword; empty if it is not known',
    currency String COMMENT 'Currency of cost and revenue, and of the deals counted; empty of visits and people, or if it is not known',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost Decimal(38, 6) COMMENT 'Cost in units of the currency',
    visits UInt64 COMMENT 'Visits to the website, each under its own source, without those of machines and of our own people',
    leads Float64 COMMENT 'People who became a lead, as the model credits them',
    mqls Float64 COMMENT 'People who became marketing qualified, as the model credits them',
    sales_qualified Float64 COMMENT 'People who became sales qualified, as the model credits them',
    opportunities Float64 COMMENT 'Deals that were opened, as the model credits them',
    pocs Float64 COMMENT 'Deals whose proof of concept began, as the model credits them',
    won Float64 COMMENT 'Deals that were won, as the model credits them',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in units of the currency, as the model credits it',
    open_leads Float64 COMMENT 'Of the leads, those that stand in a stage before the opportunity, as in open_pipeline',
    open_deals Float64 COMMENT 'Of the opportunities, those that are neither won nor lost',
    expected_won Float64 COMMENT 'Deals won, and of what is open those that will be on average, by stage_maturation',
    expected_revenue Decimal(38, 2) COMMENT 'Revenue, and of each open deal its amount times its chance; what open leads may bring has no currency yet and is not in it',
    revenue_squared Float64 COMMENT 'The squares of the amounts of the won deals, summed, as the model credits them: they tell how far amounts scatter',
    settled_leads Float64 COMMENT 'Leads, each as much as its end is known: the number that won deals are to be compared with',
    settled_won Float64 COMMENT 'Deals won, and of each open deal as much as speaks for its being won'
)
AS WITH
    -- What came by no ad is one row: other reports tell its campaigns and contents.
    touched.keyword != '' OR home.channel != '' OR startsWith(touched.channel, 'paid_') OR touched.channel = 'display'
        AS is_ad,
    touched.step = 'lead' AND open.stage != '' AS is_open_lead,
    touched.step = 'opportunity' AND open.stage != '' AS is_open_deal
SELECT
    day,
    platform,
    account,
    campaign,
    ad_group,
    keyword,
    search_term,
    currency,
    sum(shown) AS impressions,
    sum(clicked) AS clicks,
    toDecimal128(sum(micros), 6) / 1000000 AS cost,
    countIf(step = 'visit') AS visits,
    sumIf(credit, step = 'lead') AS leads,
    sumIf(credit, step = 'marketing_qualified') AS mqls,
    sumIf(credit, step = 'sales_qualified') AS sales_qualified,
    sumIf(credit, step = 'opportunity') AS opportunities,
    sumIf(credit, step = 'poc') AS pocs,
    sumIf(credit, step = 'won') AS won,
    sum(amount) AS revenue,
    sumIf(credit, step = 'lead' AND is_open) AS open_leads,
    sumIf(credit, step = 'opportunity' AND is_open) AS open_deals,
    won + sum(credit * coming) AS expected_won,
    revenue + sum(toDecimal128(credit * toFloat64(bringing), 2)) AS expected_revenue,
    -- Some models give touches nothing.
    sumIf(pow(toFloat64(amount), 2) / credit, step = 'won' AND credit > 0) AS revenue_squared,
    sumIf(credit * settled, step = 'lead') AS settled_leads,
    won + sumIf(credit * settled, step = 'opportunity') AS settled_won
FROM
(
    SELECT
        day, platform, account, campaign, ad_group,
        if(ad_costs.keyword = '', '(unallocated)', ad_costs.keyword) AS keyword, '(unallocated)' AS search_term,
        currency, impressions AS shown, clicks AS clicked, cost_micros AS micros,
        'ad' AS step, toFloat64(0) AS credit, toDecimal128(0, 2) AS amount, false AS is_open,
        toFloat64(0) AS coming, toDecimal128(0, 2) AS bringing, toFloat64(0) AS settled
    FROM ad_costs
    WHERE throwIf({mode:String} NOT IN ('period', 'cohort'), 'mode must be period or cohort') = 0
    UNION ALL
    SELECT
        touched.day,
        if(is_ad, touched.platform, ''),
        if(is_ad, home.account, ''),
        if(is_ad, touched.campaign, ''),
        if(is_ad, touched.ad_group, ''),
        -- Meta and LinkedIn sell no keywords: what their campaigns earned stands beside what they cost.
        if(touched.keyword = '' AND home.channel NOT IN ('', 'paid_search'), '(unallocated)', touched.keyword),
        if(is_ad, touched.search_term, ''),
        touched.currency, 0, 0, 0, touched.step, touched.credit, touched.amount, is_open_lead OR is_open_deal,
        if(is_open_lead OR is_open_deal, open.expected_won, 0),
        if(is_open_deal, open.expected_revenue, 0),
        multiIf(touched.step = 'lead', 1 - unsettled.part, is_open_deal, open.settled_won, 0)
    FROM
    (
        SELECT
            if({mode:String} = 'cohort', cohort_day, day) AS day, channel, platform, campaign, ad_group, keyword,
            search_term, '' AS currency, 'visit' AS step, '' AS person, '' AS deal, toFloat64(0) AS credit,
            toDecimal128(0, 2) AS amount
        FROM touchpoints
        WHERE kind = 'visit'
        UNION ALL
        SELECT
            if({mode:String} = 'cohort', cohort_day, day),
            if({model:String} = 'last', last_channel, first_channel),
            if({model:String} = 'last', last_platform, first_platform),
            if({model:String} = 'last', last_campaign, first_campaign),
            if({model:String} = 'last', last_ad_group, first_ad_group),
            if({model:String} = 'last', last_keyword, first_keyword),
            if({model:String} = 'last', last_search_term, first_search_term),
            currency, conversion, person, deal, 1, revenue
        FROM conversions
        WHERE {model:String} IN ('first', 'last')
        UNION ALL
        SELECT
            if({mode:String} = 'cohort', cohort_day, day), channel, platform, campaign, ad_group, keyword,
            search_term, currency, milestone, person, deal, toFloat64(weight), revenue
        FROM attribution(
            model = {model:String}, milestone = '', grain = '', kinds = '', lookback_days = -1, half_life_days = ''
        )
        -- Of these two, conversions tells the same, and less has to be read.
        WHERE {model:String} NOT IN ('first', 'last')
    ) AS touched
    LEFT JOIN (SELECT platform, campaign, account, channel FROM ad_campaigns) AS home
        ON touched.platform = home.platform AND touched.campaign = home.campaign
    LEFT JOIN (SELECT person, deal, stage, expected_won, expected_revenue, settled_won FROM open_pipeline) AS open
        ON touched.person = open.person AND touched.deal = open.deal
    LEFT JOIN
    (
        -- A lead on an open deal has an end when the deal has.
        SELECT person, max(1 - settled) AS part
        FROM
        (
            SELECT person, settled FROM open_pipeline WHERE deal = ''
            UNION ALL
            SELECT deal_people.person, of_deal.settled
            FROM (SELECT deal, settled FROM open_pipeline WHERE deal != '') AS of_deal
            INNER JOIN deal_people ON of_deal.deal = deal_people.deal
        )
        GROUP BY person
    ) AS unsettled ON touched.person = unsettled.person
)
GROUP BY day, platform, account, campaign, ad_group, keyword, search_term, currency
COMMENT 'What each keyword cost, earned and may still earn, by a model and a way to count days'
