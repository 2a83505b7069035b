package io.bottleneck4j.server.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts by name what happened in the last minute: buckets that leak evenly. */
final class Rates {
    private static final double MINUTE = 60e9;
    private static final int MOST_NAMES = 10_000;

    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    private record Bucket(double level, long at) {
        /** What is left of it after a while, if so many leak out in a minute. */
        double now(long time, double perMinute) {
            return Math.max(0, level - (time - at) / MINUTE * perMinute);
        }
    }

    /** Whether one more is more than so many a minute. */
    boolean isOver(String name, int most) {
        long now = System.nanoTime();
        Bucket bucket = buckets.computeIfPresent(name, (key, old) -> new Bucket(old.now(now, most), now));
        return bucket != null && bucket.level() + 1 > most;
    }

    void count(String name) {
        if (buckets.size() > MOST_NAMES) {
            buckets.clear(); // an attack of many addresses: counting begins anew
        }
        buckets.merge(name, new Bucket(1, System.nanoTime()), (old, one) -> new Bucket(old.level() + 1, old.at()));
    }
}
