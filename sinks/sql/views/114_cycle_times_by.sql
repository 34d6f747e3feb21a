-- How long each transition takes, if those who are still on the way are counted, too; by what it is asked for.
-- Grain: one row per transition, person or deal, and value of what it is grouped by.
-- Parameters are those of survival, whose curves these are read from. Without by, from and so on: cycle_times.
CREATE OR REPLACE VIEW cycle_times_by
(
    transition String COMMENT 'From where to where, as in transitions',
    who String COMMENT 'person or deal: whose transition it is',
    value String COMMENT 'Value of what it is grouped by; (none) if that is not known, (all) without any',
    cases UInt64 COMMENT 'People or deals that began the transition',
    reached UInt64 COMMENT 'Those who came to its end',
    ended UInt64 COMMENT 'Those who ended otherwise: skipped it, or are lost, recycled or disqualified',
    still_open UInt64 COMMENT 'Those of whom neither is known yet',
    median_days Nullable(Float64) COMMENT 'Days within which half of all cases come to the end of the transition; NULL if fewer do, as far as is known',
    p90_days Nullable(Float64) COMMENT 'Days within which 90 % of all cases do; NULL if fewer do',
    arrived_median_days Nullable(Float64) COMMENT 'Of those who come to its end, the days within which half do',
    arrived_p90_days Nullable(Float64) COMMENT 'Of those who come to its end, the days within which 90 % do',
    finished_median_days Nullable(Float64) COMMENT 'The median without the open cases, which looks shorter than it is: for comparison',
    finished_p90_days Nullable(Float64) COMMENT 'The 90 % without the open cases, for comparison',
    reached_30_days Nullable(Float64) COMMENT 'Share of all cases that come to the end within 30 days; NULL if no case was watched for so long',
    reached_60_days Nullable(Float64) COMMENT 'Share within 60 days',
    reached_90_days Nullable(Float64) COMMENT 'Share within 90 days'
)
AS SELECT
    curve.transition AS transition,
    curve.who AS who,
    curve.value AS value,
    sum(curve.reached + curve.ended + curve.censored) AS cases,
    sum(curve.reached) AS reached,
    sum(curve.ended) AS ended,
    sum(curve.censored) AS still_open,
    -- A share of a half may come out a hair below it.
    minOrNullIf(days, reached_share >= 0.5 - 1e-9) AS median_days,
    minOrNullIf(days, reached_share >= 0.9 - 1e-9) AS p90_days,
    minOrNullIf(days, arrived_share >= 0.5 - 1e-9) AS arrived_median_days,
    minOrNullIf(days, arrived_share >= 0.9 - 1e-9) AS arrived_p90_days,
    minOrNullIf(days, finished_share >= 0.5 - 1e-9) AS finished_median_days,
    minOrNullIf(days, finished_share >= 0.9 - 1e-9) AS finished_p90_days,
    -- Beyond the longest time that any was watched, the curve says something only if nobody is left.
    if(max(days) >= 30 OR min(open_share) < 1e-9, maxIf(reached_share, days <= 30), NULL) AS reached_30_days,
    if(max(days) >= 60 OR min(open_share) < 1e-9, maxIf(reached_share, days <= 60), NULL) AS reached_60_days,
    if(max(days) >= 90 OR min(open_share) < 1e-9, maxIf(reached_share, days <= 90), NULL) AS reached_90_days
FROM
    survival(
        transition = {transition:String}, by = {by:String}, from = {from:Date}, to = {to:Date}, until = {until:Date},
        channel = {channel:String}, platform = {platform:String}, campaign = {campaign:String},
        keyword = {keyword:String}, account = {account:String}, owner = {owner:String}, region = {region:String},
        industry = {industry:String}, competitor = {competitor:String}
    ) AS curve
GROUP BY transition, who, value
COMMENT 'How long each transition takes, if those who are still on the way are counted, too; by what it is asked for'
