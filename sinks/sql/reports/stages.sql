-- How long do people and deals stay in each stage, and how many never leave it?
-- as_of = : as it was known at this time, in the time zone of reports; empty: as it is known now
-- > who: whether people or deals enter this stage
-- > entries: how often it was entered
-- > still_there: of these, who has not left it yet
-- > median_days: half of those who left it did so within so many days
-- > p90_days: nine of ten of those who left it did so within so many days
-- ~ bars: who, stage; median_days, entries
SELECT
    stage,
    if(deal = '', 'person', 'deal') AS who,
    count() AS entries,
    countIf(isNull(left_at)) AS still_there,
    round(quantileExact(0.5)(days), 1) AS median_days,
    round(quantileExact(0.9)(days), 1) AS p90_days
FROM {{stage_durations}}
GROUP BY stage, who
ORDER BY
    indexOf(
        [
            'visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won', 'lost',
            'recycled', 'disqualified'
        ],
        stage
    ),
    who DESC
