package io.bottleneck4j.eval.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.report.Entry;
import io.bottleneck4j.eval.report.ScoredRuns;
import io.bottleneck4j.eval.study.Answers.Choice;
import io.bottleneck4j.eval.study.Study.Question;
import io.bottleneck4j.eval.study.StudyPage.Blind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class StudyPageTest {
    private static final Path BROWSER = Path.of("/usr/bin/chromium");

    @TempDir
    private Path temp;

    private StudyPage made =
            new StudyPage(new Study("", "", "", List.of("a", "b"), List.of(Aspect.OVERALL), List.of()), "");

    @BeforeEach
    void make() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 4, 1);
        Entry baseline = runs.write("secret-baseline", 1e12, slot -> 1);
        Entry fast = runs.write("secret-fast", 1e12, slot -> 1);
        made = StudyPage.of(
                new Draw(new Entrants(List.of(baseline, fast), baseline), 3, 5),
                List.of(Aspect.QUALITY, Aspect.PROMPT));
    }

    private JsonNode data() throws IOException {
        String page = made.html();
        String begin = "<script type=\"application/json\" id=\"data\">";
        int from = page.indexOf(begin) + begin.length();
        return new ObjectMapper().readTree(page.substring(from, page.indexOf("</script>", from)));
    }

    @Test
    void page_holdsThePicturesAndNoWordOfWhoseTheyAre() throws IOException {
        assertThat(made.html())
                .doesNotContain("secret", "://", "src=\"", "prompt <")
                .contains("<html lang=\"en\">", "<noscript>", "role=\"status\"");
        JsonNode questions = data().get("questions");
        assertThat(questions).hasSize(3);
        for (int i = 0; i < 3; i++) {
            Question question = made.study().questions().get(i);
            JsonNode shown = questions.get(i);
            assertThat(shown.get("id").asInt()).isEqualTo(question.id());
            assertThat(shown.get("prompt").asText())
                    .isEqualTo(question.prompt())
                    .startsWith("prompt <");
            for (String side : List.of("left", "right")) {
                String method = side.equals("left") ? question.left() : question.right();
                Path file = temp.resolve(method).resolve("images").resolve(ScoredRuns.file(question.slot()));
                assertThat(shown.get(side).asText()).isEqualTo(Blind.of(file).address());
            }
        }
        assertThat(data().get("study").asText()).isEqualTo(made.study().id()).hasSize(16);
    }

    @Test
    void key_isReadBack() throws IOException {
        Path file = temp.resolve("key.json");
        made.study().write(file);
        assertThat(Study.read(file)).isEqualTo(made.study());
    }

    static boolean hasBrowser() {
        return Files.isExecutable(BROWSER);
    }

    /** What the page does, told by a script at its end that presses keys and buttons as a participant would. */
    private String played(String script) throws IOException, InterruptedException {
        Path page = temp.resolve("page.html");
        String told = "<script>\nconst press = (key, at) => (at ?? document.activeElement).dispatchEvent("
                + "new KeyboardEvent(\"keydown\", { key, bubbles: true, cancelable: true }));\n"
                + "const tell = (value) => { const p = document.createElement(\"p\"); p.className = \"told\";"
                + " p.textContent = JSON.stringify(value); document.body.append(p); };\n" + script + "\n</script>";
        Files.writeString(page, made.html().replace("</body>", told + "\n</body>"));
        Path out = temp.resolve("dom.html");
        Process browser = new ProcessBuilder(
                        BROWSER.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + temp.resolve("profile"),
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(browser.waitFor(120, TimeUnit.SECONDS))
                .as("the browser ends")
                .isTrue();
        StringBuilder tellings = new StringBuilder();
        for (String line : Files.readString(out).split("<p class=\"told\">", -1)) {
            if (tellings.length() > 0 || !line.startsWith("<!DOCTYPE")) {
                tellings.append(line, 0, line.indexOf("</p>")).append('\n');
            }
        }
        return tellings.toString();
    }

    @Test
    @EnabledIf("hasBrowser")
    void browser_answersByKeysAndButtons_areKeptAndRead() throws IOException, InterruptedException {
        String told = played("""
                document.getElementById("name").value = " Ada ";
                document.getElementById("begin").click();
                tell(document.activeElement.id);
                press("ArrowLeft");
                press("ArrowRight");
                press("ArrowDown");
                press("ArrowUp");
                tell(document.querySelector("[aria-pressed=true][data-answer]").dataset.answer);
                press(" ");
                document.querySelector("[data-answer=right]").click();
                press(" ", document.querySelector("[data-answer=left]"));
                tell(state.at);
                document.querySelector("[data-answer=left]").click();
                press("x");
                press("ArrowLeft");
                tell([document.getElementById("ask").hidden, document.getElementById("left-over").textContent]);
                tell(JSON.parse(localStorage.getItem(place)).at);
                tell(file());
                """);
        String[] lines = told.split("\n", -1);
        assertThat(lines[0]).isEqualTo("\"question\"");
        assertThat(lines[1]).isEqualTo("\"same\"");
        assertThat(lines[2]).as("space on a button is the button's").isEqualTo("4");
        assertThat(lines[3]).isEqualTo("[true,\"All questions are answered.\"]");
        assertThat(lines[4]).isEqualTo("6");
        Path saved = Files.writeString(temp.resolve("answers.json"), lines[5]);
        Answers answers = Answers.read(saved, made.study());
        assertThat(answers.name()).isEqualTo("Ada");
        assertThat(answers.session()).matches("[0-9a-f]{32}");
        assertThat(answers.answers())
                .containsExactly(
                        new Answers.Answer(1, Aspect.QUALITY, Choice.LEFT),
                        new Answers.Answer(1, Aspect.PROMPT, Choice.RIGHT),
                        new Answers.Answer(2, Aspect.QUALITY, Choice.SAME),
                        new Answers.Answer(2, Aspect.PROMPT, Choice.RIGHT),
                        new Answers.Answer(3, Aspect.QUALITY, Choice.LEFT),
                        new Answers.Answer(3, Aspect.PROMPT, Choice.LEFT));
    }

    @Test
    @EnabledIf("hasBrowser")
    void browser_openedAgain_goesOnOrBeginsAnew() throws IOException, InterruptedException {
        played("""
                document.getElementById("begin").click();
                press("ArrowLeft");
                """);
        String[] lines = played("""
                tell(document.getElementById("begin").textContent);
                const before = state.session;
                window.confirm = () => true;
                document.getElementById("anew").click();
                tell([state.at, answered(), state.session === before]);
                """).split("\n", -1);
        assertThat(lines[0]).isEqualTo("\"Go on with question 2 of 6\"");
        assertThat(lines[1]).isEqualTo("[0,0,false]");
    }
}
