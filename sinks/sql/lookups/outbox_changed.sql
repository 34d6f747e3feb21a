-- Which leads and deals entered a stage since a time (Millis), and the version of each: what is other than it was, is told anew.
SELECT 'lead' AS what, person AS name, version
FROM journeys FINAL
WHERE is_lead AND NOT is_internal AND NOT is_bot
    AND (
        arrayExists(at -> toUnixTimestamp64Milli(at) >= {since:Int64}, stages.at)
        OR toUnixTimestamp64Milli(assumeNotNull(graded_at)) >= {since:Int64}
    )
UNION ALL
SELECT 'deal', deal, version
FROM opportunities FINAL
WHERE arrayExists(at -> toUnixTimestamp64Milli(at) >= {since:Int64}, stages.at)
