package io.bottleneck4j.batch;

import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.WholeFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a process has to itself while it makes one shard of a run: a lock, and a folder for unfinished files, so that the run's own
 * folders hold finished ones alone, whatever ends the process.
 */
public final class ShardWork implements Closeable {
    /** How the folders of unfinished files begin. */
    public static final String FOLDER = "making";

    private static final String LOCK = "lock";
    private static final Pattern OF_COUNT = Pattern.compile(FOLDER + "(?:-\\d+-of-(\\d+))?");

    private final Path folder;
    private final @Nullable FileChannel lock;

    private ShardWork(Path folder, @Nullable FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * Takes a shard of a run.
     *
     * @param run its folder, which is there
     * @throws IllegalArgumentException if another process makes this shard, or one of another count, as both would make some of the same
     */
    public static ShardWork begin(Path run, Shard shard) throws IOException {
        Path folder = run.resolve(shard.name(FOLDER));
        Files.createDirectories(folder);
        refuseOtherCounts(run, shard);
        FileChannel channel =
                FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                discardUnfinished(folder);
                return new ShardWork(folder, channel);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            return new ShardWork(folder, null); // this process began the shard before and goes on with it
        }
        channel.close();
        throw new IllegalArgumentException("out: " + run + " is being made by another process; wait until it"
                + " ends, or let several share it with --shard");
    }

    /** What a process left that was ended; latents stay, since they hold what took longest. */
    private static void discardUnfinished(Path folder) throws IOException {
        List<Path> left;
        try (Stream<Path> listed = Files.list(folder)) {
            left = listed.toList();
        }
        for (Path file : left) {
            String name = String.valueOf(file.getFileName());
            if (!name.equals(LOCK) && !name.matches(".*\\.latents(-\\d+)?\\.safetensors")) {
                WholeFile.discard(file);
            }
        }
    }

    private static void refuseOtherCounts(Path run, Shard shard) throws IOException {
        List<Path> folders;
        try (Stream<Path> listed = Files.list(run)) {
            folders = listed.toList();
        }
        for (Path other : folders) {
            Matcher name = OF_COUNT.matcher(String.valueOf(other.getFileName()));
            Path file = other.resolve(LOCK);
            if (name.matches() && Files.exists(file)) {
                int count = name.group(1) == null ? 1 : Integer.parseInt(name.group(1));
                if (count != shard.count() && isHeld(file)) {
                    throw new IllegalArgumentException("shard: " + shard + ", but " + run
                            + " is being made by another process in " + count + (count == 1 ? " part" : " parts")
                            + "; use the same number for all, or wait until it ends");
                }
            }
        }
    }

    private static boolean isHeld(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            FileLock free = channel.tryLock();
            return free == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    /** Where a file is to be made before it is whole. */
    public Path unfinished(String name) {
        return folder.resolve(name);
    }

    /** Puts a file that is whole in its place, over an older one. What lies beside a video goes: the video holds the same. */
    public static void finish(Path unfinished, Path place) throws IOException {
        room(place);
        Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(VideoFormat.sidecar(unfinished));
    }

    /** Makes the folder that a file is to lie in. */
    public static Path room(Path place) throws IOException {
        Path parent = place.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        return place;
    }

    /** Gives the shard back, and removes the folder of unfinished files, unless something in it was kept. */
    @Override
    public void close() throws IOException {
        if (lock == null) {
            return;
        }
        Files.deleteIfExists(folder.resolve(LOCK));
        lock.close();
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // latents that outlived a failure, whose message names them
        }
    }
}
