package io.bottleneck4j.batch;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One row of a table of prompts: what differs from the defaults of the run. Null leaves a value to them.
 *
 * @param id tells the row from all others; names its file, and gives its seed where none is given
 * @param seed 64 bits without a sign
 * @param plan a plan's name, with a cache as {@code x3+taylor}, or a plan file
 * @param model as {@code --model} takes it
 * @param loras files with scales, as {@code pixel-art.safetensors:0.8}; null leaves them to the defaults, an empty list is none
 * @param extra columns that are not read, and go along into the results
 */
public record PromptRow(
        String id,
        String prompt,
        @Nullable String negativePrompt,
        @Nullable Long seed,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable Integer frames,
        @Nullable String plan,
        @Nullable String model,
        @Nullable List<String> loras,
        @Nullable String initImage,
        @Nullable String mask,
        @Nullable Double strength,
        @Nullable Double guidance,
        @Nullable Double trueCfgScale,
        Map<String, String> extra) {
    /** Columns that are read. */
    public static final List<String> COLUMNS = List.of(
            "id",
            "prompt",
            "negative_prompt",
            "seed",
            "width",
            "height",
            "frames",
            "plan",
            "model",
            "lora",
            "init_image",
            "mask",
            "strength",
            "guidance",
            "true_cfg_scale");

    /** What other programs call some of them. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "text", "prompt",
            "caption", "prompt",
            "guidance_scale", "guidance",
            "cfg_scale", "true_cfg_scale",
            "image", "init_image",
            "loras", "lora",
            "num_frames", "frames");

    private static final int LONGEST_ID = 512;
    private static final BigInteger SEEDS = BigInteger.ONE.shiftLeft(Long.SIZE);
    private static final String A_SEED = "a whole number from 0 to 18446744073709551615";

    public PromptRow {
        loras = loras == null ? null : List.copyOf(loras);
        extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
    }

    /** A column's name as it is read: {@code Negative-Prompt} is negative_prompt. */
    public static String column(String written) {
        return written.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
    }

    /**
     * Refuses another program's word for a column of ours, where ours is not there.
     *
     * @throws IllegalArgumentException naming ours
     */
    public static void requireOurs(Collection<String> written) {
        Set<String> names = written.stream().map(PromptRow::column).collect(Collectors.toSet());
        for (String name : names) {
            String ours = ELSEWHERE.get(name);
            if (ours != null && !names.contains(ours)) {
                throw new IllegalArgumentException("column '" + name + "': is called '" + ours + "' here; rename it"
                        + (name.equals("image") ? ", or leave it out if it holds pictures and not their files" : ""));
            }
        }
    }

    /** The column of ours that one which is not read is likely to be, misspelt; null if it is unlike all. */
    public static @Nullable String likely(String written) {
        String name = column(written);
        return COLUMNS.stream()
                .filter(ours -> !name.equals(ours) && distance(ours, name) <= (ours.length() < 8 ? 1 : 2))
                .findFirst()
                .orElse(null);
    }

    /** How many letters are added, left out, changed, or turned round with their neighbour, between two words. */
    private static int distance(String a, String b) {
        int[][] rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(rows[i - 1][j - 1] + same, 1 + Math.min(rows[i - 1][j], rows[i][j - 1]));
                boolean turned =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                rows[i][j] = turned ? Math.min(least, rows[i - 2][j - 2] + 1) : least;
            }
        }
        return rows[a.length()][b.length()];
    }

    /**
     * Reads a row of a table.
     *
     * @param number of the row, from 1: its id where it has none
     * @param cells texts, numbers, truth values, lists of texts, or null, by column; a blank text is null
     * @throws IllegalArgumentException if a cell is not what its column holds; the message names it
     */
    public static PromptRow of(long number, Map<String, ?> cells) {
        Cells row = new Cells(new LinkedHashMap<>());
        Map<String, String> extra = new TreeMap<>();
        cells.forEach((written, value) -> {
            String name = column(written);
            if (!COLUMNS.contains(name)) {
                if (value != null) {
                    extra.put(written, value.toString());
                }
            } else if (row.values().put(name, value) != null) {
                throw new IllegalArgumentException("column '" + written + "': is there twice; leave one out");
            }
        });
        String prompt = row.text("prompt");
        if (prompt == null) {
            throw new IllegalArgumentException("prompt: is empty or missing; write what the picture shows");
        }
        String id = row.text("id");
        return new PromptRow(
                id == null ? String.format(Locale.ROOT, "%07d", number) : requireId(id),
                prompt,
                row.text("negative_prompt"),
                row.seed(),
                row.whole("width"),
                row.whole("height"),
                row.whole("frames"),
                row.text("plan"),
                row.text("model"),
                row.texts("lora"),
                row.text("init_image"),
                row.text("mask"),
                row.number("strength"),
                row.number("guidance"),
                row.number("true_cfg_scale"),
                extra);
    }

    private static String requireId(String id) {
        if (id.getBytes(StandardCharsets.UTF_8).length > LONGEST_ID) {
            throw new IllegalArgumentException(
                    "id: must be at most " + LONGEST_ID + " bytes long, not '" + id.substring(0, 40) + "...'");
        }
        if (id.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("id: must be one line without control characters, not '"
                    + id.replaceAll("\\p{Cntrl}", "?") + "'; use letters, digits, '-' and '_'");
        }
        return id;
    }

    /**
     * A seed's 64 bits.
     *
     * @throws IllegalArgumentException if it has more, or is below 0
     */
    public static long requireSeed(BigInteger seed) {
        if (seed.signum() < 0 || seed.compareTo(SEEDS) >= 0) {
            throw new IllegalArgumentException("seed: must be " + A_SEED + ", not " + seed);
        }
        return seed.longValue();
    }

    /** The seed: its own, else one of 32 bits that its id gives, the same on every machine. */
    public long seedOr(@Nullable Long ofAll) {
        if (seed != null) {
            return seed;
        }
        return ofAll != null ? ofAll : Digest.of(id).first() >>> 32;
    }

    /** Everything that decides what is made of it, as one line; what goes along unread is not in it. */
    String meaning() {
        return String.join(
                "\u0000",
                id,
                prompt,
                String.valueOf(negativePrompt),
                String.valueOf(seed),
                String.valueOf(width),
                String.valueOf(height),
                String.valueOf(frames),
                String.valueOf(plan),
                String.valueOf(model),
                String.valueOf(loras),
                String.valueOf(initImage),
                String.valueOf(mask),
                String.valueOf(strength),
                String.valueOf(guidance),
                String.valueOf(trueCfgScale));
    }

    /** The cells of a row that are read, by column. */
    private record Cells(Map<String, Object> values) {
        @Nullable
        String text(String column) {
            Object value = values.get(column);
            if (value instanceof List || value instanceof Map) {
                throw wrong(column, "a text", value);
            }
            return value == null || value.toString().isBlank()
                    ? null
                    : value.toString().strip();
        }

        @Nullable
        List<String> texts(String column) {
            Object value = values.get(column);
            if (value instanceof List<?> list) {
                return list.stream().map(String::valueOf).toList();
            }
            String text = text(column);
            if (text == null) {
                return null;
            }
            List<String> texts = new ArrayList<>();
            for (String part : text.split(";", -1)) {
                if (!part.isBlank() && !part.strip().equals("none")) {
                    texts.add(part.strip());
                }
            }
            return texts;
        }

        @Nullable
        Long seed() {
            BigDecimal value = decimal("seed", A_SEED);
            if (value == null) {
                return null;
            }
            try {
                return requireSeed(value.toBigIntegerExact());
            } catch (ArithmeticException e) {
                throw wrong("seed", A_SEED, value);
            }
        }

        @Nullable
        Integer whole(String column) {
            BigDecimal value = decimal(column, "a whole number");
            if (value == null) {
                return null;
            }
            try {
                return value.intValueExact();
            } catch (ArithmeticException e) {
                throw wrong(column, "a whole number", value);
            }
        }

        @Nullable
        Double number(String column) {
            BigDecimal value = decimal(column, "a number");
            return value == null ? null : value.doubleValue();
        }

        private @Nullable BigDecimal decimal(String column, String what) {
            String text = text(column);
            if (text == null) {
                return null;
            }
            try {
                BigDecimal value = new BigDecimal(text);
                if (Math.abs((long) value.scale()) > 400 || value.precision() > 400) {
                    throw wrong(column, what, text.length() > 40 ? text.substring(0, 40) + "..." : text);
                }
                return value;
            } catch (NumberFormatException e) {
                throw wrong(column, what, "'" + (text.length() > 40 ? text.substring(0, 40) + "..." : text) + "'");
            }
        }

        private static IllegalArgumentException wrong(String column, String what, Object value) {
            return new IllegalArgumentException(column + ": must be " + what + ", not " + value);
        }
    }
}
