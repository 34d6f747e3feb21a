-- The last day of which anything is known of an ad account, and how many rows it has in all.
SELECT max(day), count()
FROM ad_performance
WHERE platform = {platform:String} AND account = {account:String}
