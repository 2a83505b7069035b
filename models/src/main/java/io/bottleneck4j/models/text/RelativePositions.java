package io.bottleneck4j.models.text;

/**
 * T5's relative positions: which learned bias a token at some distance gets. Half of the buckets look back, half ahead; in each
 * half the first half are single distances, the rest grow logarithmically up to {@code maxDistance}, and the last takes
 * everything beyond. Source: transformers modeling_t5.py@5.23.0, T5Attention._relative_position_bucket, bidirectional.
 */
record RelativePositions(int buckets, int maxDistance) {
    /** The bucket in 0..buckets − 1 of a key that is {@code distance} tokens after its query; negative is before. */
    int bucket(int distance) {
        int half = buckets / 2;
        int exact = half / 2;
        int ahead = distance > 0 ? half : 0;
        int steps = Math.abs(distance);
        if (steps < exact) {
            return ahead + steps;
        }
        // In float32 and in this order, so that distances on a bucket's edge fall to the same side as in Python.
        float octaves = (float) Math.log((float) steps / exact) / (float) Math.log((double) maxDistance / exact);
        return ahead + Math.min(half - 1, exact + (int) (octaves * (half - exact)));
    }

    /** The buckets of every pair of tokens, query by query: L × L numbers. */
    long[] ofPairs(int length) {
        long[] byDistance = new long[2 * length - 1]; // from −(L − 1) to L − 1
        for (int i = 0; i < byDistance.length; i++) {
            byDistance[i] = bucket(i - (length - 1));
        }
        long[] pairs = new long[Math.multiplyExact(length, length)];
        for (int query = 0; query < length; query++) {
            System.arraycopy(byDistance, length - 1 - query, pairs, query * length, length);
        }
        return pairs;
    }
}
