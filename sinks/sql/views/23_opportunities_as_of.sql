-- What was known then of the deals: the table opportunities at a time, opportunities_as_of(as_of='2026-10-05 09:00:00').
-- Grain: one row per deal that was known then.
-- Columns: those of the table opportunities that other views read.
-- Deals keep no versions. A deal of which nothing was received since as_of stands as it does today. Of any other, the
-- journeys of its people tell name, stages, amount, times and people as they were known then; account, owner and
-- attributes are those of today. If nobody known is on it, but it had been heard of, it stands as today without what
-- happened later; if somebody is on it today, but nobody was then, it is not here.
CREATE OR REPLACE VIEW opportunities_as_of
AS WITH
    toDateTime({as_of:String}, '{{timezone}}') AS then,
    today AS
    (
        SELECT
            deal, known_at, name, account, owner, people, toString(stage) AS stage, amount_minor,
            toString(currency) AS currency, opened_at, closed_at, reason, attributes,
            stages.stage AS entered, stages.at AS entered_at
        FROM opportunities FINAL
    ),
    carried AS
    (
        SELECT
            on_deal.1 AS deal,
            argMax(
                (
                    on_deal,
                    arrayFilter((stage, of_deal) -> of_deal = on_deal.1, entered, entered_by),
                    arrayFilter((reached_at, of_deal) -> of_deal = on_deal.1, entered_at, entered_by)
                ),
                (published_at, person)
            ) AS told,
            groupUniqArray(person) AS people
        FROM
        (
            SELECT
                person, published_at, stages.stage AS entered, stages.at AS entered_at, stages.deal AS entered_by,
                arrayJoin(arrayZip(
                    deals.deal, deals.name, deals.stage, deals.opened_at, deals.closed_at, deals.amount_minor,
                    deals.currency
                )) AS on_deal
            FROM journeys_as_of(as_of = {as_of:String})
        )
        GROUP BY deal
    )
SELECT
    deal, name, account, owner, people, stage, amount_minor, currency, opened_at, closed_at, reason, attributes,
    entered AS `stages.stage`, entered_at AS `stages.at`
FROM today
WHERE known_at <= then
UNION ALL
SELECT
    carried.deal, told.1.2, today.account, today.owner, carried.people, told.1.3, told.1.6, told.1.7, told.1.4,
    told.1.5, '', today.attributes, told.2, told.3
FROM carried
LEFT JOIN today ON carried.deal = today.deal
WHERE carried.deal NOT IN (SELECT deal FROM today WHERE known_at <= then)
UNION ALL
SELECT
    deal, name, account, owner, people, if(isNull(closed_at) OR closed_at <= then, stage, entered_then[-1]), amount_minor,
    currency, opened_at, if(closed_at <= then, closed_at, NULL), if(closed_at <= then, reason, ''), attributes,
    arrayFilter((name_of_stage, reached_at) -> reached_at <= then, entered, entered_at) AS entered_then,
    arrayFilter(reached_at -> reached_at <= then, entered_at)
FROM today
WHERE known_at > then
    AND opened_at <= then
    AND deal IN (
        SELECT subject FROM events FINAL PREWHERE type = 'deal_recorded' WHERE received_at <= then
    )
    AND deal NOT IN (SELECT deal FROM deal_people)
    AND deal NOT IN (SELECT deal FROM carried)
COMMENT 'What was known then of the deals, as they could be reported at as_of, a time in {{timezone}}';
