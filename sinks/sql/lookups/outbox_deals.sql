-- What other systems may be told of these deals: stages, amount, and the leads on each.
WITH splitByChar('\n', {deals:String}) AS wanted
SELECT
    known.deal AS deal,
    version,
    stage,
    arrayZip(stages.stage, stages.at, stages.occurrence, stages.id, stages.reason) AS entries,
    on_deal.people AS people,
    owner,
    amount_minor,
    currency
FROM (SELECT * FROM opportunities FINAL WHERE has(wanted, deal)) AS known
LEFT JOIN
(
    SELECT deal, arraySort(groupArray(person)) AS people
    FROM deal_people
    WHERE has(wanted, deal) AND is_lead
    GROUP BY deal
) AS on_deal ON known.deal = on_deal.deal
ORDER BY deal
