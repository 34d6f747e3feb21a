-- How fresh is what the views of this database show: when each table behind them was made anew, and what failed.
-- Grain: one row per view that is kept as a table; all others read these, or what is stored, at the moment they are asked.
-- A table is made anew as a whole: nobody sees half of it. If that fails, the old content stays, and error says why.
CREATE OR REPLACE VIEW freshness_of_views
(
    name String COMMENT 'Name of the view that is kept as a table',
    refreshed_at Nullable(DateTime) COMMENT 'When it was begun to be made from what was stored, in UTC, the last time that this went well; NULL if it never did',
    took_seconds Float64 COMMENT 'How long that took',
    known_until Nullable(DateTime) COMMENT 'What was stored until then is in it, in UTC: when the first of the tables that it is made from was begun; NULL if it is not known',
    next_at Nullable(DateTime) COMMENT 'When it will be made anew, in UTC; NULL while that is going on, or if it follows the tables that it is made from',
    error String COMMENT 'Why the last try failed, in the words of the server; empty if it went well'
)
AS WITH
    {{chains}} AS chains,
    tables AS
    (
        SELECT
            view,
            if(last_success_time = toDateTime(0), NULL, last_success_time) AS began,
            ifNull(last_success_duration_ms, 0) / 1000 AS took,
            next_refresh_time,
            exception
        FROM system.view_refreshes
        WHERE database = '{{kept}}'
    )
SELECT
    chain.1 AS name,
    any(own.began) AS refreshed_at,
    any(own.took) AS took_seconds,
    -- A table that follows others began when the last of these was ready; one of them may have begun once more since.
    min(if(base.began <= own.began, base.began, own.began - toIntervalSecond(ceil(base.took)))) AS known_until,
    any(own.next_refresh_time) AS next_at,
    any(own.exception) AS error
FROM (SELECT arrayJoin(chains) AS chain, arrayJoin(chain.3) AS of) AS pairs
INNER JOIN tables AS own ON chain.2 = own.view
INNER JOIN tables AS base ON of = base.view
GROUP BY name
COMMENT 'How fresh is what the views of this database show: when each table behind them was made anew, and what failed'
