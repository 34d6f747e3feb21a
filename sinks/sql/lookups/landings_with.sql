-- Every fact whose URLs may hold this id of an ad platform, as it was, in order of time.
SELECT occurred_at, type, payload
FROM events FINAL
WHERE type NOT IN ('ad_clicked', 'ad_keyword_listed', 'ad_performance_reported', 'exchange_rate_reported')
    AND position(decodeURLComponent(payload), {id:String}) > 0
ORDER BY occurred_at, event_id
