-- What advertising cost: two thousand keywords a day, few of them often, in the currency of each platform.
INSERT INTO ad_performance
(
    platform, account, campaign, campaign_id, ad_group, ad_group_id, keyword, keyword_id, match_type, device, day,
    impressions, clicks, cost_micros, currency, reported_at, received_at, event_id, version
)
WITH
    (n, salt) -> cityHash64(n, salt) % 1000000 / 1000000 AS chance,
    pow(chance(number, 1), 3) AS rank,
    [
        ('baidu', 'baidu', 'CNY', 1), ('baidu', 'baidu', 'CNY', 1), ('google', 'google', 'USD', 1),
        ('microsoft', 'bing', 'EUR', 1), ('linkedin', 'linkedin', 'USD', 0), ('tencent', 'wechat', 'CNY', 0)
    ][1 + cityHash64(number, 2) % 6] AS seller,
    toDate('2024-01-01') + intDiv(number, {{keywords}}) AS day_
SELECT
    seller.1,
    concat('account-', seller.1),
    concat(seller.2, '-campaign-', toString(toUInt32(rank * 200))),
    toString(10000 + toUInt32(rank * 200)),
    concat('group-', toString(toUInt32(rank * 2000))),
    toString(20000 + toUInt32(rank * 2000)),
    if(seller.4 = 1 AND chance(number, 9) > 0.02, concat('keyword ', toString(toUInt32(rank * 40000))), ''),
    if(seller.4 = 1, toString(90000 + toUInt32(rank * 40000)), ''),
    'phrase',
    ['desktop', 'mobile'][1 + cityHash64(number, 3) % 2],
    day_,
    toUInt64(1000 * chance(number, 4)),
    toUInt64(40 * chance(number, 5)),
    toUInt64(90000000 * chance(number, 6)),
    seller.3,
    toDateTime64(day_ + 1, 3, 'UTC'),
    toDateTime64(day_ + 1, 3, 'UTC'),
    reinterpret(bitShiftLeft(toUInt128(cityHash64(number, 7)), 64) + cityHash64(number, 8), 'UUID'),
    1
FROM numbers({{keywords}} * 1096)
