-- What each place of an ad account cost on some days, as it is known now: that which a pull of these days is held against.
SELECT
    toString(day), account, campaign, campaign_id, ad_group, ad_group_id, keyword, keyword_id, toString(match_type),
    toString(device), toString(currency), impressions, clicks, cost_micros
FROM ad_performance FINAL
WHERE platform = {platform:String} AND account = {account:String} AND day BETWEEN {first:Date} AND {last:Date}
