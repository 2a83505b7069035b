package io.bottleneck4j.pipeline.cost;

/**
 * What a forward's time depends on beside its size.
 *
 * @param config the transformer's configuration and its number of text tokens, in words; not its name, since weights do not matter
 * @param dtype as {@code bfloat16}
 * @param device as {@code cpu}
 * @param threads on the CPU
 * @param processor the CPU's name
 * @param libtorch its version
 */
public record MeasuredOn(String config, String dtype, String device, int threads, String processor, String libtorch) {

    /** For people: {@code bfloat16 on cpu, 2 threads, AMD EPYC, libtorch 2.10.0}. */
    @Override
    public String toString() {
        return dtype + " on " + device + ", " + threads + (threads == 1 ? " thread, " : " threads, ") + processor
                + ", libtorch " + libtorch;
    }
}
