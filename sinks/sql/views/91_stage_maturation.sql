-- How many are won later of the leads and deals that have stood in a stage for so many days.
-- Grain: one row per stage and age in whole days at which somebody left it or was seen last, while five are left to see.
-- All entries count for as long as they were seen (Kaplan and Meier, with each next stage as an end of its own): who
-- is still there has not failed. A stage passes on the chance of the stage that comes next, poc that of poc; who is
-- lost, recycled or disqualified has none, and gets a new one with a new entry. Of a person, the chance is that of
-- coming on a deal that is won. What takes longer than anything that was ever seen counts as not won.
-- Kept by: stage, age_days
CREATE OR REPLACE VIEW stage_maturation
(
    stage String COMMENT 'lead, marketing_qualified or sales_qualified of a person; opportunity or poc of a deal',
    age_days UInt32 COMMENT 'Whole days since the entry into the stage',
    seen UInt64 COMMENT 'Entries that were still in the stage at this age',
    left_then UInt64 COMMENT 'Of those, entries that left it on this day',
    still_there Float64 COMMENT 'Share of all entries that is still in the stage at this age',
    won_later Float64 COMMENT 'Of those that are still in the stage at this age, the share that is won later',
    unresolved Float64 COMMENT 'Of those, the share of which nothing is known within the ages that were seen; it counts as not won'
)
AS WITH
    ['lead', 'marketing_qualified', 'sales_qualified', 'opportunity', 'poc', 'won'] AS steps,
    -- Where nothing more comes in, nothing grows older.
    assumeNotNull((
        SELECT least(now64(3), max(greatest(entered_at, ifNull(left_at, entered_at)))) FROM stage_durations
    )) AS newest_at,
    spells AS
    (
        SELECT
            stage,
            -- A person's own word for a stage of deals is no deal.
            indexOf(steps, if(deal = '' AND next_stage IN ('poc', 'won'), '', next_stage)) AS became,
            isNotNull(left_at) AS has_left,
            toUInt32(greatest(0, dateDiff('second', entered_at, ifNull(left_at, newest_at))) / 86400) AS age_days
        FROM stage_durations
        WHERE stage IN if(deal = '', ['lead', 'marketing_qualified', 'sales_qualified'], ['opportunity', 'poc'])
    ),
    counted AS
    (
        SELECT
            stage,
            age_days,
            countIf(has_left) AS left_then,
            arrayMap(
                place -> toFloat64(place),
                sumForEach(arrayMap(place -> toUInt64(has_left AND became = place), range(1, 7)))
            ) AS went,
            sum(count()) OVER (PARTITION BY stage ORDER BY age_days DESC) AS seen
        FROM spells
        GROUP BY stage, age_days
    ),
    surviving AS
    (
        SELECT
            *,
            exp(ifNull(sum(log(1 - left_then / seen)) OVER (
                PARTITION BY stage ORDER BY age_days ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0)) AS still_there,
            arrayMap(number -> number / seen * still_there, went) AS goes
        FROM counted
    ),
    going AS
    (
        SELECT
            *,
            sumForEach(goes) OVER later AS goes_later,
            sum(left_then / seen * still_there) OVER later AS goes_anywhere
        FROM surviving
        WINDOW later AS (PARTITION BY stage ORDER BY age_days DESC)
    ),
    -- Row and column are places in steps. Stages are also gone back to, so the chances are those that no longer change.
    firsts AS
    (
        SELECT groupArray(stage) AS names, groupArray(first_move) AS moves
        FROM (SELECT stage, argMin(goes_later, age_days) AS first_move FROM going GROUP BY stage)
    ),
    moving AS
    (
        SELECT arrayMap(
            step -> if(indexOf(names, step) = 0, arrayMap(x -> toFloat64(0), steps), moves[indexOf(names, step)]),
            arrayPopBack(steps)
        ) AS matrix
        FROM firsts
    ),
    chances AS
    (
        SELECT arrayFold(
            (chance, turn) -> arrayPushBack(
                arrayMap(row -> arraySum(arrayMap((share, later) -> share * later, row, chance)), matrix), toFloat64(1)
            ),
            range(64),
            arrayMap(step -> toFloat64(step = 'won'), steps)
        ) AS chance
        FROM moving
    )
SELECT
    stage,
    age_days,
    seen,
    left_then,
    still_there,
    least(1, arraySum(arrayMap(
        (share, later) -> share * later, goes_later, (SELECT chance FROM chances)
    )) / still_there) AS won_later,
    greatest(0, 1 - goes_anywhere / still_there) AS unresolved
FROM going
WHERE seen >= 5
COMMENT 'How many are won later of the leads and deals that have stood in a stage for so many days'
