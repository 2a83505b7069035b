package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.document.Words;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The benchmarks that are known, our own first: the format of their prompts, and the names that their own scripts read pictures by. */
public enum Benchmark {
    /**
     * The suite of the bundled model: JSON lines with {@code prompt} and {@code category}, and with what is to be seen for its scorer.
     *
     * <p>Pictures are {@code 0007_02.png}: sample 2 of prompt 7.
     */
    EMOJI("emoji", 4) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            return withCategory(file, "category");
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return String.format(Locale.ROOT, "%04d_%02d.png", slot.promptIndex(), slot.sample());
        }
    },

    /**
     * GenEval: {@code evaluation_metadata.jsonl}, whose {@code tag} is the category.
     *
     * <p>Its script reads {@code 00007/metadata.jsonl}, which is the prompt's line, and every {@code 00007/samples/0002.png}. Every prompt
     * begins with one seed, as its generation script has it. Source: djghosh13/geneval@af4902f, README.md, evaluation/evaluate_images.py,
     * generation/diffusers_generate.py.
     */
    GENEVAL("geneval", 4) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            return withCategory(file, "tag");
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return String.format(Locale.ROOT, "%05d/samples/%04d.png", slot.promptIndex(), slot.sample());
        }

        @Override
        Map<String, String> companions(Prompt prompt, int promptIndex) {
            return Map.of(String.format(Locale.ROOT, "%05d/metadata.jsonl", promptIndex), prompt.source() + "\n");
        }
    },

    /**
     * T2I-CompBench: {@code color_val.txt} and its like, a prompt a line, what follows a tab left out.
     *
     * <p>Its scripts are pointed at a folder for each category, which we name by the file without {@code _val}, and read
     * {@code samples/PROMPT_000023.png}: the prompt up to the first underscore, and a number that counts the category's pictures, samples
     * of one prompt in a row. The n-th sample's seed is the first's plus n, as theirs. Source: Karine-Huang/T2I-CompBench@1b70949,
     * GORS_finetune/inference_eval.py, BLIPvqa_eval/BLIP_vqa.py.
     */
    T2I_COMPBENCH("t2i-compbench", 10, Trait.FILE_PER_CATEGORY) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            String category = file.stem().replaceFirst("_val$", "");
            return numbered(file.lines(), (line, i) -> of(line.split("\t", 2)[0], category, i));
        }

        @Override
        @Nullable
        String obstacle(Prompt prompt) {
            return prompt.text().contains("_")
                    ? "has an underscore, at which T2I-CompBench's scripts end the prompt"
                    : noFileName(prompt.text() + "_000000.png");
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            int number = prompt.number() * samples + slot.sample();
            return String.format(Locale.ROOT, "%s/samples/%s_%06d.png", prompt.category(), prompt.text(), number);
        }
    },

    /**
     * DrawBench: a CSV file with the columns {@code Prompts} and {@code Category}.
     *
     * <p>It came without a script; people compared the pictures. HPSv2's {@code --data-type drawbench} reads {@code 00007.jpg}, one picture
     * of each prompt, and so do we name them; they are PNG inside, which readers find out by content. Source: Saharia et al. 2022, appendix
     * C; tgxs002/HPSv2@866735e, hpsv2/evaluation.py.
     */
    DRAWBENCH("drawbench", 1, Trait.ONE_SAMPLE) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            List<List<String>> rows = file.rows();
            List<String> head = rows.isEmpty()
                    ? List.of()
                    : rows.get(0).stream()
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .toList();
            int text = head.indexOf("prompts");
            int category = head.indexOf("category");
            if (text < 0 || category < 0) {
                throw file.wrong("row 1", "must have the columns Prompts and Category, and has " + head);
            }
            return numbered(rows.subList(1, rows.size()), (row, i) -> {
                if (row.size() != head.size() || row.get(text).isBlank()) {
                    throw file.wrong("row " + (i + 2), "must have a prompt and " + head.size() + " fields");
                }
                return of(row.get(text), row.get(category), i);
            });
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return String.format(Locale.ROOT, "%05d.jpg", slot.promptIndex());
        }
    },

    /**
     * HPSv2's benchmark: {@code anime.json}, {@code concept-art.json}, {@code paintings.json} and {@code photo.json}, each a list of
     * prompts.
     *
     * <p>{@code hpsv2.evaluate} reads {@code anime/00007.jpg}, one picture of each prompt; they are PNG inside, which readers find out by
     * content, and which loses nothing. Source: tgxs002/HPSv2@866735e, README.md, hpsv2/evaluation.py.
     */
    HPSV2("hpsv2", 1, Trait.ONE_SAMPLE, Trait.FILE_PER_CATEGORY) {
        @Override
        public String advice() {
            return "hpsv2's script leaves missing pictures out of its means, and its first releases take another in their"
                    + " place: let it score a run after 'evaluate check'";
        }

        @Override
        List<Prompt> prompts(PromptFile file) {
            return numbered(file.list(), (item, i) -> of(file.text("item " + (i + 1), item), file.stem(), i));
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return String.format(Locale.ROOT, "%s/%05d.jpg", prompt.category(), prompt.number());
        }
    },

    /**
     * CLIPScore: a JSON object that has a caption for each picture's name.
     *
     * <p>{@code clipscore.py} takes that object and a folder of pictures, named {@code NAME.png}, one of each. Source:
     * jmhessel/clipscore@1036465, README.md, clipscore.py.
     */
    CLIPSCORE("clipscore", 1, Trait.ONE_SAMPLE) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            return numbered(file.object("the file", file.text()).properties(), (one, i) -> {
                String id = one.getKey();
                return new Prompt(file.text("'" + id + "'", one.getValue()), "", id, i, "");
            });
        }

        @Override
        @Nullable
        String obstacle(Prompt prompt) {
            return noFileName(prompt.id() + ".png");
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return prompt.id() + ".png";
        }
    },

    /**
     * ImageReward's benchmark: {@code benchmark-prompts.json}, a list of objects with {@code id} and {@code prompt}.
     *
     * <p>{@code test-benchmark.py} reads {@code ID_2.png}, and takes the number of samples from the number of files in the folder. Source:
     * THUDM/ImageReward@c1392c6, README.md, test-benchmark.py.
     */
    IMAGEREWARD("imagereward", 10) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            return numbered(file.list(), (item, i) -> {
                String place = "item " + (i + 1);
                return new Prompt(file.text(place, item, "prompt"), "", file.text(place, item, "id"), i, "");
            });
        }

        @Override
        @Nullable
        String obstacle(Prompt prompt) {
            return noFileName(prompt.id() + "_00.png");
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return prompt.id() + "_" + slot.sample() + ".png";
        }
    },

    /**
     * VBench: {@code VBench_full_info.json}, a list of objects with {@code prompt_en} and {@code dimension}.
     *
     * <p>Its script reads {@code PROMPT-2.mp4}, five of each prompt, from one folder that holds nothing else. A prompt listed twice is
     * drawn once, for the dimensions of both; its category is the names of its dimensions, joined by plus. Source: Vchitect/VBench@45e79ec,
     * vbench/__init__.py, prompts/README.md.
     */
    VBENCH("vbench", 5, Trait.OF_VIDEOS) {
        @Override
        public String advice() {
            return "vbench advises 25 samples of temporal_flickering's prompts, before its static filter; this run has as"
                    + " many of these as of others";
        }

        @Override
        List<Prompt> prompts(PromptFile file) {
            Map<String, Set<String>> dimensions = new LinkedHashMap<>();
            int number = 0;
            for (JsonNode item : file.list()) {
                String place = "item " + ++number;
                Set<String> own =
                        dimensions.computeIfAbsent(file.text(place, item, "prompt_en"), text -> new LinkedHashSet<>());
                if (!item.path("dimension").isArray() || item.path("dimension").isEmpty()) {
                    throw file.wrong(place + ": 'dimension'", "must be a list that is not empty");
                }
                item.path("dimension").forEach(one -> own.add(file.text(place + ": 'dimension'", one)));
            }
            return numbered(dimensions.entrySet(), (one, i) -> of(one.getKey(), String.join("+", one.getValue()), i));
        }

        @Override
        @Nullable
        String obstacle(Prompt prompt) {
            return noFileName(prompt.text() + "-00.mp4");
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return prompt.text() + "-" + slot.sample() + ".mp4";
        }
    },

    /**
     * T2V-CompBench: {@code prompts/1_consistent_attr.txt} and its like, a prompt a line, or {@code meta_data/action_binding.json} and its
     * like, lists of objects with {@code prompt}.
     *
     * <p>Its scripts are pointed at a folder for each category, named as its README has them, and read {@code 0007.mp4}, the seventh
     * prompt's, one of each. Source: KaiyueSun98/T2V-CompBench@116f996, README.md, MLLM_eval/eval_consistent_attr.py.
     */
    T2V_COMPBENCH("t2v-compbench", 1, Trait.ONE_SAMPLE, Trait.OF_VIDEOS, Trait.FILE_PER_CATEGORY) {
        @Override
        List<Prompt> prompts(PromptFile file) {
            String folder = T2V_FOLDERS.get(file.stem());
            if (folder == null) {
                throw new IllegalArgumentException(
                        file.name() + ": is named as none of T2V-CompBench's files; use one of "
                                + T2V_FOLDERS.keySet().stream().sorted().toList() + " with .txt or .json");
            }
            return file.name().endsWith(".json")
                    ? numbered(file.list(), (item, i) -> of(file.text("item " + (i + 1), item, "prompt"), folder, i))
                    : numbered(file.lines(), (line, i) -> of(line, folder, i));
        }

        @Override
        String file(Prompt prompt, Slot slot, int samples) {
            return String.format(Locale.ROOT, "%s/%04d.mp4", prompt.category(), prompt.number() + 1);
        }
    };

    /** Bytes of a name on ext4, XFS, APFS and NTFS. */
    private static final int LONGEST_NAME = 255;

    private static final Map<String, String> T2V_FOLDERS = Map.ofEntries(
            Map.entry("1_consistent_attr", "consistent_attr"),
            Map.entry("consistent_attribute_binding", "consistent_attr"),
            Map.entry("2_dynamic_attr", "dynamic_attr"),
            Map.entry("dynamic_attribute_binding", "dynamic_attr"),
            Map.entry("3_spatial_relationship", "spatial_relationships"),
            Map.entry("spatial_relationships", "spatial_relationships"),
            Map.entry("4_motion_binding", "motion_binding"),
            Map.entry("motion_binding", "motion_binding"),
            Map.entry("5_action_binding", "action_binding"),
            Map.entry("action_binding", "action_binding"),
            Map.entry("6_interaction", "interaction"),
            Map.entry("object_interactions", "interaction"),
            Map.entry("7_numeracy", "generative_numeracy"),
            Map.entry("generative_numeracy", "generative_numeracy"));

    private enum Trait {
        /** Its scripts have a place for one sample of each prompt alone. */
        ONE_SAMPLE,
        OF_VIDEOS,
        /** Its prompts come in several files, one for each category, which its scripts score one by one. */
        FILE_PER_CATEGORY
    }

    private final String word;
    private final int samples;
    private final boolean oneSample;
    private final boolean ofVideos;
    private final boolean filePerCategory;

    Benchmark(String word, int samples, Trait... traits) {
        this.word = word;
        this.samples = samples;
        List<Trait> its = Arrays.asList(traits);
        this.oneSample = its.contains(Trait.ONE_SAMPLE);
        this.ofVideos = its.contains(Trait.OF_VIDEOS);
        this.filePerCategory = its.contains(Trait.FILE_PER_CATEGORY);
    }

    /**
     * The benchmark of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Benchmark named(String name) {
        return Words.named("benchmark", values(), name);
    }

    /** Its name, as {@code --benchmark} takes it. */
    @Override
    public String toString() {
        return word;
    }

    /** Samples of each prompt, as its authors have it. */
    public int samples() {
        return samples;
    }

    /** Whether its scripts have a place for another number of samples. */
    boolean takesSamples() {
        return !oneSample;
    }

    /** Whether it is of videos. */
    public boolean isOfVideos() {
        return ofVideos;
    }

    /** Whether its prompts come in several files, one for each category, which its scripts score one by one. */
    boolean hasFilePerCategory() {
        return filePerCategory;
    }

    /** What to know before scores are compared with published ones; null for nothing. */
    public @Nullable String advice() {
        return null;
    }

    /**
     * Its prompts that come with bottleneck4j.
     *
     * @throws IllegalArgumentException if they do not
     */
    public PromptFiles bundled() throws IOException {
        String name = word + ".jsonl";
        try (InputStream in = Benchmark.class.getResourceAsStream("/io/bottleneck4j/eval/suite/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "prompts: " + word + "'s are not bundled; name the file of its authors with --prompts");
            }
            return PromptFiles.of(name, in.readAllBytes());
        }
    }

    /**
     * The prompts of a file.
     *
     * @throws IllegalArgumentException naming file and place, if it is not in the benchmark's format
     */
    abstract List<Prompt> prompts(PromptFile file);

    /** Why its scripts cannot read pictures of a prompt; null if they can. */
    @Nullable
    String obstacle(Prompt prompt) {
        return null;
    }

    /**
     * The file of a picture, relative to the run's images, with slashes.
     *
     * @param slot its place in the run
     * @param samples of each prompt
     */
    abstract String file(Prompt prompt, Slot slot, int samples);

    /** Other files that its scripts read beside a prompt's pictures: by name, relative to the run's images. */
    Map<String, String> companions(Prompt prompt, int promptIndex) {
        return Map.of();
    }

    private static Prompt of(String text, String category, int number) {
        return new Prompt(text, category, "", number, "");
    }

    /** Prompts of JSON lines with a category under this key. */
    private static List<Prompt> withCategory(PromptFile file, String category) {
        return numbered(file.lines(), (line, i) -> {
            String place = "line " + (i + 1);
            JsonNode object = file.object(place, line);
            return new Prompt(file.text(place, object, "prompt"), file.text(place, object, category), "", i, line);
        });
    }

    /** What is made of each item and its number, from 0. */
    private static <T> List<Prompt> numbered(Iterable<T> items, BiFunction<T, Integer, Prompt> made) {
        List<Prompt> prompts = new ArrayList<>();
        items.forEach(item -> prompts.add(made.apply(item, prompts.size())));
        return prompts;
    }

    /** Why a file cannot have a name; null if it can. */
    private static @Nullable String noFileName(String name) {
        if (name.contains("/")) {
            return "has a slash, which a file name cannot hold";
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            return "has a control character, which a file name cannot hold";
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        return bytes <= LONGEST_NAME
                ? null
                : "makes a file name of " + bytes + " bytes; file systems take " + LONGEST_NAME;
    }

    /**
     * One prompt of a benchmark.
     *
     * @param text what is drawn
     * @param category as the benchmark has it; empty where it has none
     * @param id what its files are named by, where the benchmark gives it a name; else empty
     * @param number its place in its file, from 0
     * @param source the line of JSON it was read from, as it was; empty where it was no line of JSON
     */
    public record Prompt(String text, String category, String id, int number, String source) {}
}
