-- How good each keyword truly is, as far as its few leads and deals can tell: rates with intervals of 90 %.
-- Grain: one row per node of the level that is asked for; what came by no ad is left out.
-- keyword_estimates_by(level='keyword', model='first', mode='cohort', from='1970-01-01', to='2099-12-31').
-- A rate is drawn towards that of the others under the same parent, and theirs towards the parent's others, the more
-- the fewer leads there are: with a beta distribution whose strength follows from how much more siblings differ than
-- chance alone lets them. What is open counts as far as its end is known (settled in open_pipeline). The mean amount
-- of a deal is drawn alike, by an inverse gamma distribution. Nine times in ten the true value lies in the interval.
CREATE OR REPLACE VIEW keyword_estimates_by
(
    level String COMMENT 'What a row is: platform, account, campaign, ad_group, keyword or search_term',
    platform String COMMENT 'Ad platform',
    account String COMMENT 'Ad account; empty above this level',
    campaign String COMMENT 'Campaign (计划); empty above this level',
    ad_group String COMMENT 'Ad group (单元); empty above this level',
    keyword String COMMENT 'Keyword (关键词); empty above this level',
    search_term String COMMENT 'Search term (搜索词); empty above this level',
    currency String COMMENT 'Currency of cost and amounts: that of most of its ads and deals',
    clicks UInt64 COMMENT 'How often ads were clicked',
    leads Float64 COMMENT 'People who became a lead',
    won Float64 COMMENT 'Deals that were won',
    cost Decimal(38, 6) COMMENT 'Cost in the currency',
    revenue Decimal(38, 2) COMMENT 'Amount of the won deals in the currency',
    settled_leads Float64 COMMENT 'Leads, each as much as its end is known',
    settled_won Float64 COMMENT 'Deals won, and of each open deal as much as speaks for its being won',
    lead_rate Nullable(Float64) COMMENT 'Leads for each click, estimated; NULL if no clicks are reported',
    lead_rate_low Nullable(Float64) COMMENT 'Lower end of its interval: it is lower in one of twenty cases',
    lead_rate_high Nullable(Float64) COMMENT 'Upper end of its interval: it is higher in one of twenty cases',
    won_rate Float64 COMMENT 'Deals won in the end for each lead, estimated',
    won_rate_low Float64 COMMENT 'Lower end of its interval',
    won_rate_high Float64 COMMENT 'Upper end of its interval',
    siblings_won_rate Float64 COMMENT 'Deals won for each lead, as the others around it let expect',
    siblings_count_as Float64 COMMENT 'How many leads that counts as',
    won_per_click Nullable(Float64) COMMENT 'Deals won in the end for each click, estimated; NULL if no clicks are reported',
    won_per_click_low Nullable(Float64) COMMENT 'Lower end of its interval',
    won_per_click_high Nullable(Float64) COMMENT 'Upper end of its interval',
    deal_amount Float64 COMMENT 'Amount of a won deal, estimated; 0 if none was won in the currency',
    revenue_per_cost Nullable(Float64) COMMENT 'Revenue in the end for each unit of cost, estimated; NULL without clicks, cost or won deals in its currency, or if it won deals in another one',
    revenue_per_cost_low Nullable(Float64) COMMENT 'Lower end of its interval',
    revenue_per_cost_high Nullable(Float64) COMMENT 'Upper end of its interval',
    chance_to_pay Nullable(Float64) COMMENT 'Probability that revenue in the end exceeds cost',
    expected_won Float64 COMMENT 'Deals won, and of what is open those that will be on average',
    expected_revenue Decimal(38, 2) COMMENT 'Revenue, of each open deal in the currency its amount times its chance, and of open leads their deals times the estimated amount'
)
AS WITH
    ['platform', 'account', 'campaign', 'ad_group', 'keyword', 'search_term'] AS levels,
    indexOf(levels, {level:String}) + throwIf(
        {level:String} NOT IN levels, 'level must be platform, account, campaign, ad_group, keyword or search_term'
    ) AS deep,
    -- By how much siblings differ where too few of them tell: the relative standard deviation, squared.
    pow({{reports.keywords.spread}}, 2) AS usual,
    nodes AS
    (
        SELECT
            platform, account, campaign, ad_group, keyword, search_term,
            arraySort(each -> (each.1 = '', -toInt64(each.2), -each.3, each.1), groupArray((
                currency, shown, opened, paid, closed, earned, coming, squares
            )))[1] AS main,
            sum(pressed) AS clicks,
            sum(came) AS leads,
            sum(closed) AS won,
            sum(ended) AS settled_leads,
            sum(ended_well) AS settled_won,
            sum(closing) AS expected_won,
            sumIf(closing, currency = '') AS expected_of_leads
        FROM
        (
            SELECT
                platform,
                if(deep >= 2, p.account, '') AS account,
                if(deep >= 3, p.campaign, '') AS campaign,
                if(deep >= 4, p.ad_group, '') AS ad_group,
                if(deep >= 5, p.keyword, '') AS keyword,
                if(deep >= 6, p.search_term, '') AS search_term,
                currency,
                sum(impressions) AS shown,
                sum(clicks) AS pressed,
                sum(cost) AS paid,
                sum(leads) AS came,
                sum(opportunities) AS opened,
                sum(won) AS closed,
                sum(revenue) AS earned,
                sum(revenue_squared) AS squares,
                sum(settled_leads) AS ended,
                sum(settled_won) AS ended_well,
                sum(expected_won) AS closing,
                sum(expected_revenue) AS coming
            FROM keyword_pnl_by(model = {model:String}, mode = {mode:String}) AS p
            WHERE p.day BETWEEN {from:Date} AND {to:Date}
                AND p.platform != ''
            GROUP BY platform, account, campaign, ad_group, keyword, search_term, currency
        ) AS t
        GROUP BY platform, account, campaign, ad_group, keyword, search_term
    ),
    -- Each node three times: what of how many. A deal is worth comparing only with deals of the same currency.
    measured AS
    (
        SELECT
            *,
            part.1 AS measure,
            if(measure = 'amount', main.1, '') AS kind,
            toFloat64(part.2) AS some,
            toFloat64(greatest(part.3, if(measure = 'amount', 0, part.2))) AS all
        FROM nodes
        ARRAY JOIN [
            ('lead', if(clicks = 0, 0, leads), toFloat64(clicks)),
            ('won', settled_won, settled_leads),
            ('amount', toFloat64(main.6), main.5)
        ] AS part
    ),
    -- From the whole (the first) over its parents down to the node: sums, and how many nodes of the level are in them.
    summed AS
    (
        SELECT
            *,
            [
                sum(some) OVER w0,
                sum(some) OVER w1,
                sum(some) OVER w2,
                sum(some) OVER w3,
                sum(some) OVER w4,
                sum(some) OVER w5,
                sum(some) OVER w6
            ] AS somes,
            [
                sum(all) OVER w0,
                sum(all) OVER w1,
                sum(all) OVER w2,
                sum(all) OVER w3,
                sum(all) OVER w4,
                sum(all) OVER w5,
                sum(all) OVER w6
            ] AS alls,
            [
                count() OVER w0,
                count() OVER w1,
                count() OVER w2,
                count() OVER w3,
                count() OVER w4,
                count() OVER w5,
                count() OVER w6
            ] AS counts
        FROM measured
        WINDOW
            w0 AS (PARTITION BY measure, kind),
            w1 AS (PARTITION BY measure, kind, platform),
            w2 AS (PARTITION BY measure, kind, platform, account),
            w3 AS (PARTITION BY measure, kind, platform, account, campaign),
            w4 AS (PARTITION BY measure, kind, platform, account, campaign, ad_group),
            w5 AS (PARTITION BY measure, kind, platform, account, campaign, ad_group, keyword),
            w6 AS (PARTITION BY measure, kind, platform, account, campaign, ad_group, keyword, search_term)
    ),
    -- Of the children of each: sums of some²/all, all² and 1.
    compared AS
    (
        SELECT
            *,
            [
                sumForEach(if(alls[2] = 0, [0., 0, 0], [somes[2] * somes[2] / alls[2], alls[2] * alls[2], 1] / counts[2])) OVER w0,
                sumForEach(if(alls[3] = 0, [0., 0, 0], [somes[3] * somes[3] / alls[3], alls[3] * alls[3], 1] / counts[3])) OVER w1,
                sumForEach(if(alls[4] = 0, [0., 0, 0], [somes[4] * somes[4] / alls[4], alls[4] * alls[4], 1] / counts[4])) OVER w2,
                sumForEach(if(alls[5] = 0, [0., 0, 0], [somes[5] * somes[5] / alls[5], alls[5] * alls[5], 1] / counts[5])) OVER w3,
                sumForEach(if(alls[6] = 0, [0., 0, 0], [somes[6] * somes[6] / alls[6], alls[6] * alls[6], 1] / counts[6])) OVER w4,
                sumForEach(if(alls[7] = 0, [0., 0, 0], [somes[7] * somes[7] / alls[7], alls[7] * alls[7], 1] / counts[7])) OVER w5
            ] AS children
        FROM summed
        WINDOW
            w0 AS (PARTITION BY measure, kind),
            w1 AS (PARTITION BY measure, kind, platform),
            w2 AS (PARTITION BY measure, kind, platform, account),
            w3 AS (PARTITION BY measure, kind, platform, account, campaign),
            w4 AS (PARTITION BY measure, kind, platform, account, campaign, ad_group),
            w5 AS (PARTITION BY measure, kind, platform, account, campaign, ad_group, keyword),
            w6 AS (PARTITION BY measure, kind, platform, account, campaign, ad_group, keyword, search_term)
    ),
    -- By how much the children of one parent truly differ, for each level: what exceeds chance, weighed with what is usual,
    -- and one standard error more: too small a guess would make intervals too narrow.
    scattered AS
    (
        SELECT
            *,
            -- How far amounts of one node scatter, as the square of the relative standard deviation, by comparing its
            -- deals two by two; few deals tell little.
            sumIf(all - 1, measure = 'amount' AND all > 1) OVER w0 AS compared_deals,
            sumIf((all - 1) * main.8, measure = 'amount' AND all > 1) OVER w0 AS same,
            sumIf(some * some - main.8, measure = 'amount' AND all > 1) OVER w0 AS different,
            (greatest(0.05, if(different > 0, same / different - 1, 0)) * compared_deals + 3) / (compared_deals + 5) AS scatter
        FROM compared
        WINDOW w0 AS (PARTITION BY measure, kind)
    ),
    telling AS
    (
        SELECT
            *,
            arrayMap(
                place -> somes[place] > 0 AND children[place][3] > 1 AND (measure = 'amount' OR somes[place] < alls[place]),
                range(1, 7)
            ) AS tells,
            arrayMap(place -> if(measure = 'amount', scatter, alls[place] / somes[place] - 1), range(1, 7)) AS noise
        FROM scattered
    ),
    weighed AS
    (
        SELECT
            *,
            sumForEach(arrayMap(place -> if(tells[place], (
                (children[place][1] * pow(alls[place] / somes[place], 2) - alls[place]) / noise[place]
                    - children[place][3] + 1
            ) / counts[place], 0), range(1, 7))) OVER w0 AS excess,
            sumForEach(arrayMap(place -> if(tells[place], (
                alls[place] - children[place][2] / alls[place]
            ) / noise[place] / counts[place], 0), range(1, 7))) OVER w0 AS weight,
            sumForEach(arrayMap(place -> if(tells[place], (
                children[place][3] - 1
            ) / counts[place], 0), range(1, 7))) OVER w0 AS freedom
        FROM telling
        WINDOW w0 AS (PARTITION BY measure, kind)
    ),
    spread AS
    (
        SELECT
            *,
            arrayMap(
                (more, much, free) -> greatest(0.02, if(
                    free = 0,
                    usual,
                    (1 / usual + much * more / 2 / free) / (1 / usual / usual + much * much / 2 / free)
                ) + 1 / sqrt(1 / usual / usual + if(free = 0, 0, much * much / 2 / free))),
                excess, weight, freedom
            ) AS spreads
        FROM weighed
    ),
    -- What the others let expect, and how many cases that counts as: from the whole down to the node's parent, each
    -- time without the node's own cases. Beta and inverse gamma distributions differ by the term `bound` alone.
    beginning AS
    (
        SELECT
            *,
            if(measure = 'amount', scatter, -1.) AS bound,
            -- Cases in several children tell less of their parent than as many in one population.
            arrayMap(place -> if(alls[place] = 0, 0, spreads[place] * children[place][2] / pow(alls[place], 2)), range(1, 7))
                AS lumps,
            if(
                measure = 'amount',
                multiIf(alls[1] > all, (somes[1] - some) / (alls[1] - all), all > 0, some / all, 0),
                (somes[1] - some + 0.5) / (alls[1] - all + 1)
            ) AS of_whole
        FROM spread
    ),
    descending AS
    (
        SELECT
            *,
            arrayFold(
                (mean, place) -> arrayMap(
                    noisy -> arrayMap(
                        (counts_as, part) -> (
                            (counts_as * mean.1 + (somes[place] - some) * part)
                                / (counts_as + (alls[place] - all) * part),
                            counts_as + (alls[place] - all) * part - bound
                        ),
                        [greatest(0.1, noisy / (noisy / mean.2 + spreads[place - 1]) + bound)],
                        [1 / (1 + lumps[place] * (alls[place] - all) / noisy)]
                    )[1],
                    [if(measure = 'amount', scatter, 1 / mean.1 - 1)]
                )[1],
                range(2, deep + 1),
                (of_whole, 1 + (alls[1] - all) / (1 + lumps[1] * (alls[1] - all) / if(
                    measure = 'amount', scatter, 1 / of_whole - 1
                )))
            ) AS parent
        FROM beginning
    ),
    expecting AS
    (
        SELECT
            *,
            greatest(0.1, if(measure = 'amount', scatter, 1 / parent.1 - 1) / (
                if(measure = 'amount', scatter, 1 / parent.1 - 1) / parent.2 + spreads[deep]
            ) + bound) AS counts_as
        FROM descending
    ),
    known AS
    (
        SELECT
            platform, account, campaign, ad_group, keyword, search_term,
            any(main) AS main, any(clicks) AS clicks, any(leads) AS leads, any(won) AS won,
            any(settled_leads) AS settled_leads, any(settled_won) AS settled_won,
            any(expected_won) AS expected_won, any(expected_of_leads) AS expected_of_leads,
            maxIf(parent.1, measure = 'won') AS siblings_rate,
            maxIf(counts_as, measure = 'won') AS siblings_count,
            maxIf(counts_as * parent.1 + some, measure = 'lead') AS led,
            maxIf(counts_as * (1 - parent.1) + all - some, measure = 'lead') AS not_led,
            maxIf(counts_as * parent.1 + some, measure = 'won') AS gained,
            maxIf(counts_as * (1 - parent.1) + all - some, measure = 'won') AS not_gained,
            maxIf((counts_as * parent.1 + some) / (counts_as + all), measure = 'amount') AS amount,
            maxIf((counts_as + all) / scatter + 1, measure = 'amount') AS amount_shape
        FROM expecting
        GROUP BY platform, account, campaign, ad_group, keyword, search_term
    ),
    multiplied AS
    (
        SELECT
            *,
            led / (led + not_led) AS lead_mean,
            gained / (gained + not_gained) AS won_mean,
            lead_mean * won_mean AS click_mean
        FROM known
    ),
    scaled AS
    (
        SELECT
            *,
            -- Of a product of two, relative to the mean, squared.
            (led + 1) / (led + not_led + 1) / lead_mean * (gained + 1) / (gained + not_gained + 1) / won_mean - 1
                AS click_scatter
        FROM multiplied
    ),
    shaped AS
    (
        SELECT
            *,
            (1 / click_mean - 1) / click_scatter - 1 AS click_strength,
            -- The product of two beta distributions is taken for the one with its mean and variance.
            [
                (led, not_led),
                (gained, not_gained),
                (click_mean * click_strength, (1 - click_mean) * click_strength),
                (1 / click_scatter, amount_shape)
            ] AS shapes,
            -- A gamma variable (deals for each click) divided by another (one over the amount), in units of cost.
            if(clicks > 0 AND main.4 > 0 AND abs(won - main.5) < 1e-6, click_mean * click_scatter * amount * (amount_shape - 1) * clicks / toFloat64(main.4), 0)
                AS pays
        FROM scaled
    ),
    placed AS
    (
        SELECT
            *,
            -- On the scale of log(p / (1 - p)): where the density is highest, and where to look for the rest of it.
            arrayMap(shape -> log(shape.1 / shape.2), shapes) AS peaks,
            arrayMap(
                (shape, peak) -> peak - greatest(6 * sqrt(1 / shape.1 + 1 / shape.2), least(8 / shape.1, 40)), shapes, peaks
            ) AS starts,
            arrayMap(
                (shape, peak, start) ->
                    (peak + greatest(6 * sqrt(1 / shape.1 + 1 / shape.2), least(8 / shape.2, 40)) - start) / 200,
                shapes, peaks, starts
            ) AS steps
        FROM shaped
    ),
    dense AS
    (
        SELECT
            *,
            arrayMap(
                (shape, peak, start, step) -> arrayMap(
                    turn -> exp(
                        shape.1 * (start + step * turn - peak)
                            - (shape.1 + shape.2) * (log1p(exp(start + step * turn)) - log1p(exp(peak)))
                    ),
                    range(201)
                ),
                shapes, peaks, starts, steps
            ) AS densities
        FROM placed
    ),
    added AS
    (
        SELECT
            *,
            arrayMap(density -> arrayCumSum(density), densities) AS sums
        FROM dense
    ),
    found AS
    (
        SELECT
            *,
            arrayMap(total -> arrayFirstIndex(so_far -> so_far >= 0.05 * total[201], total), sums) AS low_places,
            arrayMap(total -> arrayFirstIndex(so_far -> so_far >= 0.95 * total[201], total), sums) AS high_places,
            arrayMap(
                (start, step, density, total, place) ->
                    start + step * (place - 0.5 - (total[place] - 0.05 * total[201]) / density[place]),
                starts, steps, densities, sums, low_places
            ) AS lows,
            arrayMap(
                (start, step, density, total, place) ->
                    start + step * (place - 0.5 - (total[place] - 0.95 * total[201]) / density[place]),
                starts, steps, densities, sums, high_places
            ) AS highs,
            -- Of the last one, how much lies above the point at which revenue equals cost.
            1 - arraySum(
                (weight, turn) -> weight * least(1, greatest(0, (-log(pays) - starts[4]) / steps[4] - turn + 0.5)),
                densities[4], range(201)
            ) / sums[4][201] AS above
        FROM added
    )
SELECT
    {level:String} AS level,
    platform,
    account,
    campaign,
    ad_group,
    keyword,
    search_term,
    main.1 AS currency,
    clicks,
    leads,
    won,
    main.4 AS cost,
    main.6 AS revenue,
    settled_leads,
    settled_won,
    if(clicks = 0, NULL, lead_mean) AS lead_rate,
    if(clicks = 0, NULL, 1 / (1 + exp(-lows[1]))) AS lead_rate_low,
    if(clicks = 0, NULL, 1 / (1 + exp(-highs[1]))) AS lead_rate_high,
    won_mean AS won_rate,
    1 / (1 + exp(-lows[2])) AS won_rate_low,
    1 / (1 + exp(-highs[2])) AS won_rate_high,
    siblings_rate AS siblings_won_rate,
    siblings_count AS siblings_count_as,
    if(clicks = 0, NULL, click_mean) AS won_per_click,
    if(clicks = 0, NULL, 1 / (1 + exp(-lows[3]))) AS won_per_click_low,
    if(clicks = 0, NULL, 1 / (1 + exp(-highs[3]))) AS won_per_click_high,
    amount AS deal_amount,
    if(pays = 0, NULL, click_mean * amount * clicks / toFloat64(cost)) AS revenue_per_cost,
    if(pays = 0, NULL, pays * exp(lows[4])) AS revenue_per_cost_low,
    if(pays = 0, NULL, pays * exp(highs[4])) AS revenue_per_cost_high,
    if(pays = 0, NULL, above) AS chance_to_pay,
    expected_won,
    main.7 + toDecimal128(expected_of_leads * amount, 2) AS expected_revenue
FROM found
COMMENT 'How good each keyword truly is, as far as its few leads and deals can tell: rates with intervals of 90 %'
