package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Frames as PNG files of their own, kept in a hidden folder until the last; the first holds the settings. */
final class NumberedFrames implements VideoWriter {
    private final Path file;
    private final VideoSize size;
    private final VideoText text;
    private final PendingPath pending;
    private final List<Path> frames = new ArrayList<>();

    private NumberedFrames(Path file, VideoSize size, VideoText text, PendingPath pending) {
        this.file = file;
        this.size = size;
        this.text = text;
        this.pending = pending;
    }

    static NumberedFrames open(Path file, VideoSize size, VideoText text) throws IOException {
        PendingPath pending = PendingPath.beside(file);
        try {
            Files.createDirectory(pending.path());
        } catch (IOException e) {
            throw WholeFile.failed(file, e);
        }
        return new NumberedFrames(file, size, text, pending);
    }

    @Override
    public void accept(Picture frame) throws IOException {
        size.require(frame);
        Map<String, String> texts =
                frames.isEmpty() ? Map.of("Title", text.title(), VideoText.KEY, text.settings()) : Map.of();
        Path made = pending.path().resolve(frames.size() + ".png");
        try {
            Files.write(made, PngChunks.encode(frame, texts));
        } catch (IOException e) {
            throw WholeFile.failed(VideoFormat.frame(file, frames.size()), e);
        }
        frames.add(made);
    }

    @Override
    public void finish() throws IOException {
        if (frames.isEmpty()) {
            throw new IllegalStateException(file + ": a video needs a frame at least");
        }
        try {
            Sidecar.of(file).write(text.settings(), this::name);
        } catch (IOException e) {
            throw WholeFile.failed(file, e);
        }
    }

    /** Gives all frames their names or, failing that, leaves those of an earlier video as they were. */
    private void name() throws IOException {
        List<Path> older = new ArrayList<>();
        List<Path> named = new ArrayList<>();
        try {
            for (Path frame : frames) {
                Path target = WholeFile.linked(VideoFormat.frame(file, named.size()));
                if (Files.isRegularFile(target)) {
                    PendingPath.move(target, kept(named.size()));
                    older.add(target);
                }
                PendingPath.move(frame, target);
                named.add(target);
            }
        } catch (IOException e) {
            for (Path frame : named) {
                Files.deleteIfExists(frame);
            }
            for (int i = 0; i < older.size(); i++) {
                PendingPath.move(kept(i), older.get(i));
            }
            throw e;
        }
        removeOlder(named.size());
    }

    /** Where a frame of an earlier video waits. */
    private Path kept(int frame) {
        return pending.path().resolve("older-" + frame + ".png");
    }

    /** Frames of an earlier, longer video of this name would look like more of this one. */
    private void removeOlder(int from) throws IOException {
        int next = from;
        while (Files.deleteIfExists(VideoFormat.frame(file, next))) {
            next++;
        }
    }

    @Override
    public Path partial() {
        return pending.path();
    }

    @Override
    public void close() throws IOException {
        pending.close();
    }
}
