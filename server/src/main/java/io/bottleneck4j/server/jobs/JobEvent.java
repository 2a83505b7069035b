package io.bottleneck4j.server.jobs;

/** What a client that waits is told of a job, in its order. */
public sealed interface JobEvent {
    /**
     * A step ended.
     *
     * @param image index of the picture, from 0
     * @param stage from 1
     * @param stages in all
     * @param step of the picture, from 1
     * @param steps of the picture in all
     * @param width pixels of the stage
     * @param height pixels of the stage
     * @param seconds since the job began
     */
    record Stepped(int image, int stage, int stages, int step, int steps, int width, int height, double seconds)
            implements JobEvent {}

    /**
     * A preview is made.
     *
     * @param image index of the picture, from 0
     * @param index among its previews, from 0
     * @param stage from 1
     * @param width pixels
     * @param height pixels
     * @param file in the format of the picture
     */
    @SuppressWarnings("ArrayRecordComponent") // handed through, never compared
    record Previewed(int image, int index, int stage, int width, int height, byte[] file) implements JobEvent {}

    /** It ended, in whatever way. */
    record Ended() implements JobEvent {}
}
