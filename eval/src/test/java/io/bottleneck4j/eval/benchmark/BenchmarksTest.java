package io.bottleneck4j.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every benchmark's prompts, and the full names that its scripts read pictures by. */
class BenchmarksTest {
    @TempDir
    Path folder;

    private Layout layout(String benchmark, int samples, String... files) throws IOException {
        return Layout.of(Benchmark.named(benchmark), Prompts.of(folder, files), Integer.MAX_VALUE, samples);
    }

    private static List<String> files(Layout layout) {
        return layout.slots().stream().map(layout::file).toList();
    }

    private static List<String> prompts(Layout layout) {
        return layout.prompts().stream()
                .map(prompt -> prompt.category() + ": " + prompt.text())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "emoji,4",
        "geneval,4",
        "t2i-compbench,10",
        "drawbench,1",
        "hpsv2,1",
        "clipscore,1",
        "imagereward,10",
        "vbench,5",
        "t2v-compbench,1"
    })
    void samples_areThoseOfTheAuthors(String benchmark, int samples) {
        assertThat(Benchmark.named(benchmark).samples()).isEqualTo(samples);
        assertThat(Benchmark.named(benchmark).ofVideos())
                .isEqualTo(benchmark.equals("vbench") || benchmark.equals("t2v-compbench"));
    }

    @Test
    void of_unknown_namesThoseThatAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Benchmark.named("coco"))
                .withMessage("benchmark: 'coco' is unknown; use one of emoji, geneval, t2i-compbench, drawbench, hpsv2,"
                        + " clipscore, imagereward, vbench, t2v-compbench");
    }

    @Test
    void emoji_isNumberedAndKeepsCategories() throws IOException {
        Layout layout = layout(
                "emoji",
                2,
                "emoji.jsonl",
                "{\"prompt\": \"a fox\", \"category\": \"one\"}\n{\"prompt\": \"two foxes\", \"category\": \"count\"}");
        assertThat(prompts(layout)).containsExactly("one: a fox", "count: two foxes");
        assertThat(files(layout)).containsExactly("0000_00.png", "0000_01.png", "0001_00.png", "0001_01.png");
    }

    @Test
    void geneval_hasItsMetadataBesideSamples() throws IOException {
        Layout layout = layout("geneval", 2, "evaluation_metadata.jsonl", Prompts.GENEVAL);
        assertThat(prompts(layout))
                .containsExactly("single_object: a photo of a bench", "counting: a photo of two foxes");
        assertThat(files(layout))
                .containsExactly(
                        "00000/samples/0000.png",
                        "00000/samples/0001.png",
                        "00001/samples/0000.png",
                        "00001/samples/0001.png");
        assertThat(layout.companions(layout.slots().get(2)))
                .containsExactly(java.util.Map.entry(
                        "00001/metadata.jsonl", Prompts.GENEVAL.lines().toList().get(1) + "\n"));
    }

    @Test
    void t2iCompBench_countsPicturesOfEachCategory() throws IOException {
        Layout layout = layout("t2i-compbench", 2, "shape_val.txt", Prompts.SHAPE, "color_val.txt", Prompts.COLOR);
        assertThat(prompts(layout))
                .containsExactly("color: a green bench and a blue bowl", "color: a red car", "shape: an oval mirror");
        assertThat(files(layout))
                .containsExactly(
                        "color/samples/a green bench and a blue bowl_000000.png",
                        "color/samples/a green bench and a blue bowl_000001.png",
                        "color/samples/a red car_000002.png",
                        "color/samples/a red car_000003.png",
                        "shape/samples/an oval mirror_000000.png",
                        "shape/samples/an oval mirror_000001.png");
    }

    @Test
    void drawbench_isRead() throws IOException {
        Layout layout = layout(
                "drawbench",
                1,
                "drawbench.csv",
                "\"Prompts\",\"Category\"\n\"A red car, new\",\"Colors\"\nOne cat,Counting");
        assertThat(prompts(layout)).containsExactly("Colors: A red car, new", "Counting: One cat");
        assertThat(files(layout)).containsExactly("00000.jpg", "00001.jpg");
    }

    @Test
    void hpsv2_hasAFolderForEachStyle() throws IOException {
        Layout layout = layout("hpsv2", 1, "photo.json", "[\"a dog\"]", "anime.json", "[\"a girl\", \"a cat\"]");
        assertThat(prompts(layout)).containsExactly("anime: a girl", "anime: a cat", "photo: a dog");
        assertThat(files(layout)).containsExactly("anime/00000.jpg", "anime/00001.jpg", "photo/00000.jpg");
    }

    @Test
    void clipscore_isNamedById() throws IOException {
        Layout layout = layout("clipscore", 1, "captions.json", "{\"image2\": \"a cat\", \"image1\": \"a dog\"}");
        assertThat(prompts(layout)).containsExactly(": a cat", ": a dog");
        assertThat(files(layout)).containsExactly("image2.png", "image1.png");
    }

    @Test
    void imagereward_isNamedByIdAndSample() throws IOException {
        Layout layout = layout(
                "imagereward", 2, "benchmark-prompts.json", "[{\"id\": \"005695-0057\", \"prompt\": \"a vehicle\"}]");
        assertThat(prompts(layout)).containsExactly(": a vehicle");
        assertThat(files(layout)).containsExactly("005695-0057_0.png", "005695-0057_1.png");
    }

    @Test
    void vbench_isNamedByPromptAndListsAPromptOnce() throws IOException {
        Layout layout = layout(
                "vbench",
                2,
                "VBench_full_info.json",
                "[{\"prompt_en\": \"a dog\", \"dimension\": [\"color\"]},"
                        + "{\"prompt_en\": \"A 3D model of a house.\", \"dimension\": [\"scene\"]},"
                        + "{\"prompt_en\": \"a dog\", \"dimension\": [\"color\", \"object_class\"]}]");
        assertThat(prompts(layout)).containsExactly("color+object_class: a dog", "scene: A 3D model of a house.");
        assertThat(files(layout))
                .containsExactly(
                        "a dog-0.mp4", "a dog-1.mp4", "A 3D model of a house.-0.mp4", "A 3D model of a house.-1.mp4");
    }

    @Test
    void t2vCompBench_hasTheFoldersOfItsReadmeAndCountsFromOne() throws IOException {
        Layout layout = layout(
                "t2v-compbench",
                1,
                "7_numeracy.txt",
                "two cats\nsix dogs",
                "consistent_attribute_binding.json",
                "[{\"prompt\": \"a blue car\", \"phrases\": \"blue car; road\"}]");
        assertThat(files(layout))
                .containsExactly(
                        "generative_numeracy/0001.mp4", "generative_numeracy/0002.mp4", "consistent_attr/0001.mp4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layout("t2v-compbench", 1, "numbers.txt", "two cats"))
                .withMessageStartingWith(
                        "numbers.txt: is named as none of T2V-CompBench's files; use one of [1_consistent");
    }

    @Test
    void unplaced_promptsThatScriptsCannotRead_areNamed() throws IOException {
        String longest = "x".repeat(249);
        Layout vbench = layout(
                "vbench",
                1,
                "a.json",
                "[{\"prompt_en\": \"a cat/dog\", \"dimension\": [\"color\"]},"
                        + "{\"prompt_en\": \"" + longest + "\", \"dimension\": [\"color\"]},"
                        + "{\"prompt_en\": \"" + longest.substring(1) + "\", \"dimension\": [\"color\"]}]");
        assertThat(vbench.faults())
                .extracting(String::valueOf)
                .containsExactly(
                        "prompt 0, 'a cat/dog': has a slash, which a file name cannot hold",
                        "prompt 1, '" + longest + "': makes a file name of 256 bytes; file systems take 255");
        assertThat(files(vbench)).containsExactly(longest.substring(1) + "-0.mp4");
        assertThat(layout("t2i-compbench", 1, "color_val.txt", "a snake_case bowl")
                        .faults())
                .extracting(String::valueOf)
                .containsExactly(
                        "prompt 0, 'a snake_case bowl': has an underscore, at which T2I-CompBench's scripts end"
                                + " the prompt");
        String twice = "[{\"id\": \"a\", \"prompt\": \"x\"}, {\"id\": \"a\", \"prompt\": \"y\"}]";
        assertThat(layout("imagereward", 1, "p.json", twice).faults())
                .extracting(String::valueOf)
                .containsExactly("prompt 1, 'y': would have the files of prompt 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "emoji | e.jsonl | {\"prompt\": \"a fox\"} | e.jsonl: line 1: 'category' must be a text that is not empty",
                "geneval | e.jsonl | {\"tag\": \"a\", \"prompt\" | e.jsonl: line 1 is cut off or is not JSON",
                "geneval | e.jsonl | 7 | e.jsonl: line 1 must be a JSON object",
                "drawbench | e.csv | Text,Category | e.csv: row 1 must have the columns Prompts and Category",
                "hpsv2 | a.json | {} | a.json: the file must be a JSON list",
                "hpsv2 | a.json | [\"a\", 7] | a.json: item 2 must be a text that is not empty",
                "hpsv2 | a.json | [] | a.json: the file holds no prompt",
                "clipscore | a.json | {\"a\": \"b\", \"a\": \"c\"} | a.json: the file is cut off or is not JSON: Duplicate",
                "imagereward | a.json | [{\"prompt\": \"b\"}] | a.json: item 1: 'id' must be a text",
                "vbench | a.json | [{\"prompt_en\": \"b\"}] | a.json: item 1: 'dimension' must be a list"
            })
    void prompts_ofAnotherFormat_areRefused(String benchmark, String name, String text, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layout(benchmark, Benchmark.named(benchmark).samples(), name, text))
                .withMessageStartingWith(message);
    }

    @Test
    void layout_wrongNumbers_areRefused() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layout("hpsv2", 2, "a.json", "[\"a\"]"))
                .withMessage("n: hpsv2's scripts read 1 sample of each prompt, not 2; make further runs with another"
                        + " --seed instead");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layout("emoji", 0, "a.jsonl", "{\"prompt\": \"a\", \"category\": \"b\"}"))
                .withMessageStartingWith("n: must be at least 1, not 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layout("geneval", 1, "a.jsonl", Prompts.GENEVAL, "b.jsonl", Prompts.GENEVAL))
                .withMessage("prompts: geneval has one file of prompts, not 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> layout("t2i-compbench", 1, "a.txt", "one\n\ntwo"))
                .withMessage("a.txt: line 2 is empty; remove it");
    }

    @Test
    void sha256_ofOneFile_isItsOwnAndOfSeveralThatOfTheirList() throws IOException {
        assertThat(Prompts.of(folder, "a.txt", "a\n").sha256())
                .isEqualTo("87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7");
        assertThat(Prompts.of(folder, "b.txt", "b\n", "a.txt", "a\n").sha256())
                .isEqualTo("1154445e4b931c58007c41d1d5e02c5b8af37fe675924f68015ecdc4fb826c54");
    }
}
