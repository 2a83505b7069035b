package io.bottleneck4j.pipeline;

import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.SystemMemory;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * How long a pipeline's components stay in memory. Which one changes no picture, only memory and time.
 *
 * <p>By default a pipeline takes the first of these that fits into {@value #PERCENT} % of the memory there is when it opens; on a GPU,
 * whose memory is not asked, {@link #RELEASE_TEXT_ENCODERS}.
 */
public enum Residency {
    /** All stay once they are loaded: nothing is loaded twice. For small models and for servers. */
    KEEP,

    /**
     * The text encoders are freed before denoising, and loaded again for the next prompts; transformer and decoder stay, but for where there
     * is no room for all weights at once: then they go while the next prompts are encoded. T5 of FLUX.1 takes
     * 9.5 GB in 16 bits, Llama of HunyuanVideo 16 GB. Encode many prompts at once, as {@link JobLoop} does.
     */
    RELEASE_TEXT_ENCODERS,

    /** One at a time: text encoders, transformer and decoder each are freed before the next is loaded; of two transformers also. */
    SEQUENCE,

    /**
     * As {@link #SEQUENCE}, and of text encoders and transformer two blocks at a time: each is read from its file when it is used, the next
     * one meanwhile, and freed after it. For models larger than the memory, and for GPUs that hold less than the model. Each forward
     * reads all weights again, from the system's cache of files as far as that has room.
     */
    STREAM;

    /** Of the memory that is available, what a pipeline may take by default. */
    static final int PERCENT = 70;

    /** The first that fits into the memory there is now. */
    public static Residency fitting(Model model, Execution execution) {
        OptionalLong available = available(execution);
        return available.isEmpty() ? RELEASE_TEXT_ENCODERS : fitting(model, execution, available.getAsLong());
    }

    static Residency fitting(Model model, Execution execution, long available) {
        long most = share(available);
        long encoders = encoders(model, execution);
        long running = others(model, execution) + working(model, execution);
        if (encoders + running <= most) {
            return KEEP;
        }
        if (Math.max(encoders, running) <= most) {
            return RELEASE_TEXT_ENCODERS;
        }
        long alone = Math.max(encoders, transformers(model, execution).max().orElse(0));
        return alone <= most ? SEQUENCE : STREAM;
    }

    /** Whether there is one network in memory at a time. */
    boolean isOneByOne() {
        return this == SEQUENCE || this == STREAM;
    }

    /** For the user: that blocks are streamed, and why. */
    static String streamingNote(Model model, Execution execution) {
        return "memory: the weights' " + gigabytes(encoders(model, execution) + others(model, execution)) + " in "
                + execution.dtype() + " do not fit into what is free, "
                + gigabytes(available(execution).orElse(0))
                + "; blocks are read from their file in each forward (--offload)";
    }

    /**
     * Complains where a run does not fit even with streamed weights.
     *
     * @throws DeviceException if it does not
     */
    static void requireRoom(Model model, Plan plan, Execution execution) {
        OptionalLong available = available(execution);
        if (available.isPresent()) {
            requireRoom(model, plan, execution, available.getAsLong());
        }
    }

    static void requireRoom(Model model, Plan plan, Execution execution, long available) {
        MemoryUse most = MemoryUse.largest(model.memory(plan, execution, STREAM));
        if (most.bytes() > available) { // the program itself is there already
            boolean halves = execution.dtype() == DType.FLOAT32 && !most.part().equals(Model.DECODING);
            throw new DeviceException("memory: " + most.part() + " needs " + gigabytes(most.bytes()) + ", "
                    + gigabytes(available) + " are free; use a smaller size"
                    + (halves ? ", or a 16-bit dtype" : ""));
        }
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /** The same for a run that encodes all its prompts at once: text encoders that are not needed again need not stay. */
    public Residency forOneBatch() {
        return this == KEEP ? RELEASE_TEXT_ENCODERS : this;
    }

    /** What the system can give now; empty on a GPU, whose memory is not asked, or where the system does not tell. */
    private static OptionalLong available(Execution execution) {
        return execution.device().isCpu() ? SystemMemory.availableBytes() : OptionalLong.empty();
    }

    /** Whether the weights of all parts have room at once, without what a run takes beside them; where nobody tells, they have. */
    static boolean hasRoomForAll(Model model, Execution execution) {
        OptionalLong available = available(execution);
        return available.isEmpty()
                || encoders(model, execution) + others(model, execution) <= share(available.getAsLong());
    }

    private static long encoders(Model model, Execution execution) {
        return weights("text_encoder", model, execution).sum();
    }

    private static LongStream transformers(Model model, Execution execution) {
        return weights("transformer", model, execution);
    }

    /** Bytes of each of the components whose names begin so. */
    private static LongStream weights(String start, Model model, Execution execution) {
        return model.family().weighted(model.folder()).stream()
                .filter(name -> name.startsWith(start))
                .mapToLong(name -> model.weightBytes(name, execution));
    }

    private static long others(Model model, Execution execution) {
        return transformers(model, execution).sum() + model.weightBytes("vae", execution);
    }

    private static long share(long available) {
        return available / 100 * PERCENT;
    }

    /** At the model's own size, the most that denoising or decoding takes beside the weights. */
    private static long working(Model model, Execution execution) {
        Plan plan = model.planner().named(Planner.BOTTLENECK, Planner.Size.DEFAULT);
        return model.working(plan, execution).stream()
                .mapToLong(MemoryUse::working)
                .max()
                .orElse(0);
    }
}
