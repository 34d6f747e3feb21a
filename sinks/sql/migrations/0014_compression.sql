-- Most of what a journey holds are words that many journeys share, addresses of pages and ids as text: ZSTD makes
-- half of them of what LZ4 does. What is there already gets smaller as it is merged.
ALTER TABLE events
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE journeys
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE journey_days
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE journey_versions
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE closed_touchpoints
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE opportunities
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';

ALTER TABLE ad_performance
    MODIFY SETTING default_compression_codec = 'ZSTD(1)';
