-- What does each value earn by the journeys themselves, as `leadtrace attribute` computed it last?
-- model = markov_1 | markov_2 | shapley_chain | shapley_paths: removal effects of order 1 or 2, or Shapley values
-- milestone = won | poc | opportunity | sales_qualified | marketing_qualified | lead: what is credited
-- by = channel | platform | source | campaign | ad_group | keyword | content | author | landing_page: the dimension
-- ~ intervals: value; share, share_low, share_high
SELECT
    value,
    currency,
    conversions,
    revenue,
    share,
    share_low,
    share_high,
    effect,
    sampling_error,
    converted,
    warning,
    first_day,
    last_day,
    computed_at,
    model_version
FROM data_driven_credits
WHERE model = {model:String} AND milestone = {milestone:String} AND by = {by:String}
    AND (computed_at, model_version) IN
    (
        SELECT computed_at, model_version
        FROM data_driven_credits
        WHERE model = {model:String} AND milestone = {milestone:String} AND by = {by:String}
        ORDER BY computed_at DESC, model_version
        LIMIT 1
    )
ORDER BY currency, conversions DESC, value
