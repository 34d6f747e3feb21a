-- The facts behind it, numbers {{first}} to {{last}}: a page view for each touchpoint, and what CRM and ad platforms told.
INSERT INTO events (event_id, type, subject, occurred_at, received_at, source, schema_version, fingerprint, payload, version)
SELECT
    reinterpret(bitShiftLeft(toUInt128(cityHash64(number, 1)), 64) + cityHash64(number, 2), 'UUID'),
    if(number % 25 = 0, 'ad_clicked', 'page_viewed'),
    concat('anon:', toString(cityHash64(intDiv(number, 10)))),
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalSecond(toUInt32(86400 * 1000 * sqrt(cityHash64(number, 3) % 1000000 / 1000000))) AS at,
    at + toIntervalSecond(2),
    if(number % 25 = 0, 'sem', 'website'),
    1,
    lower(hex(cityHash64(number, 4))),
    if(
        number % 25 = 0,
        concat('{"platform":"baidu","click_id":"', lower(hex(cityHash64(number, 'c'))), '","campaign":"campaign-', toString(number % 200), '"}'),
        concat('{"url":"https://www.site.example/page-', toString(cityHash64(number, 5) % 300), '?utm_source=baidu","title":"Page ', toString(cityHash64(number, 5) % 300), '","user_agent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1","anonymous_id":"', toString(cityHash64(number, 6)), '"}')
    ),
    1
FROM numbers({{first}}, {{last}} - {{first}})
