-- How long do people and deals stay in each stage, and how many never leave it?
SELECT
    stage,
    count() AS entries,
    countIf(isNull(left_at)) AS still_there,
    round(quantileExact(0.5)(days), 1) AS median_days,
    round(quantileExact(0.9)(days), 1) AS p90_days
FROM
(
    -- A deal with several people on it is one entry.
    SELECT if(deal = '', person, deal) AS who, stage, occurrence, any(left_at) AS left_at, any(days) AS days
    FROM stage_durations
    GROUP BY who, stage, occurrence
)
GROUP BY stage
ORDER BY indexOf(
    [
        'visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won', 'lost',
        'recycled', 'disqualified'
    ],
    stage
)
