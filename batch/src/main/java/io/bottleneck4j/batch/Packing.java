package io.bottleneck4j.batch;

import com.jerolba.carpet.CarpetWriter;
import com.jerolba.carpet.ColumnNamingStrategy;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/** How finished pictures are put into larger files. */
public enum Packing {
    /** Not at all: a file each. */
    FILES("") {
        @Override
        void write(Path part, List<Picture> pictures) {
            throw new IllegalStateException("files are not packed");
        }
    },
    /**
     * Tar files of WebDataset: of each picture {@code KEY.png}, its settings and row in {@code KEY.json}, and its prompt in
     * {@code KEY.txt}. A key has no dot, since WebDataset ends it there.
     */
    WEBDATASET(".tar") {
        @Override
        void write(Path part, List<Picture> pictures) throws IOException {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 16);
                    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name())) {
                tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
                tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
                for (Picture picture : pictures) {
                    String name = String.valueOf(picture.file().getFileName());
                    int dot = name.lastIndexOf('.');
                    String key = name.substring(0, dot).replace(".", "%2E");
                    put(tar, key + name.substring(dot), Files.readAllBytes(picture.file()));
                    put(tar, key + ".json", picture.json().getBytes(StandardCharsets.UTF_8));
                    put(tar, key + ".txt", picture.made().prompt().getBytes(StandardCharsets.UTF_8));
                }
            }
        }
    },
    /** Parquet files: a row each, with the file's bytes in {@code image}. */
    PARQUET(".parquet") {
        @Override
        void write(Path part, List<Picture> pictures) throws IOException {
            try (OutputStream out = Files.newOutputStream(part);
                    CarpetWriter<Columns> rows = new CarpetWriter.Builder<>(out, Columns.class)
                            .withColumnNamingStrategy(ColumnNamingStrategy.SNAKE_CASE)
                            // pictures are compressed already, and a codec would bring native libraries of its own
                            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                            .withRowGroupSize(ROW_GROUP)
                            .build()) {
                for (Picture picture : pictures) {
                    rows.write(Columns.of(picture));
                }
            }
        }
    };

    /** Bytes of a Parquet row group, which is held in memory. */
    private static final long ROW_GROUP = 64L << 20;

    private final String ending;

    Packing(String ending) {
        this.ending = ending;
    }

    /** As {@code webdataset}; IllegalArgumentException if there is none of that name. */
    public static Packing parse(String word) {
        for (Packing packing : values()) {
            if (packing.toString().equals(word)) {
                return packing;
            }
        }
        throw new IllegalArgumentException("pack: must be files, webdataset or parquet, not '" + word + "'");
    }

    /** The end of a packed file's name. */
    String ending() {
        return ending;
    }

    /** Writes a file of them; nothing is done about a half-written one. */
    abstract void write(Path part, List<Picture> pictures) throws IOException;

    /**
     * A picture or video that is to be packed.
     *
     * @param settings as its file stores them
     * @param json its line of the results, with the settings
     */
    record Picture(Made made, Path file, String settings, String json) {}

    /** A row of Parquet. */
    private record Columns(
            String id,
            String prompt,
            @Nullable String negativePrompt,
            Binary image,
            String mediaType,
            int width,
            int height,
            @Nullable Integer frames,
            String seed,
            String plan,
            String model,
            double seconds,
            String sha256,
            String settings,
            @Nullable Map<String, String> extra) {
        static Columns of(Picture picture) throws IOException {
            Made made = picture.made();
            return new Columns(
                    made.id(),
                    made.prompt(),
                    made.negativePrompt(),
                    Binary.fromConstantByteArray(Files.readAllBytes(picture.file())),
                    made.mediaType(),
                    made.width(),
                    made.height(),
                    made.frames(),
                    made.seed().toString(),
                    made.plan(),
                    made.model(),
                    made.seconds(),
                    made.sha256(),
                    picture.settings(),
                    made.extra());
        }
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        entry.setModTime(0); // so that equal pictures make equal files
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
