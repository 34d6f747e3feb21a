-- How long each transition takes, from first touch to won deal, for tools that can't pass parameters.
-- Grain: one row per transition, and person or deal.
-- The same as cycle_times_by of all cases ever: the report cycle_times asks by channel, owner, region and so on, and for days.
CREATE OR REPLACE VIEW cycle_times
(
    transition String COMMENT 'From where to where, as in transitions',
    who String COMMENT 'person or deal: whose transition it is',
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
    transition,
    who,
    cases,
    reached,
    ended,
    still_open,
    median_days,
    p90_days,
    arrived_median_days,
    arrived_p90_days,
    finished_median_days,
    finished_p90_days,
    reached_30_days,
    reached_60_days,
    reached_90_days
FROM
    cycle_times_by(
        transition = 'all', by = 'all', from = '1970-01-01', to = '2099-12-31', until = '2099-12-31', channel = '',
        platform = '', campaign = '', keyword = '', account = '', owner = '', region = '', industry = '', competitor = ''
    )
COMMENT 'How long each transition takes, from first touch to won deal, for tools that can''t pass parameters'
