-- How many rows of a platform cost something on some days without that an account is named.
SELECT count()
FROM ad_performance FINAL
WHERE platform = {platform:String} AND account = '' AND day BETWEEN {first:Date} AND {last:Date} AND cost_micros > 0
