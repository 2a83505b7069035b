package io.bottleneck4j.eval.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.study.Answers.Choice;
import io.bottleneck4j.eval.study.Study.Question;
import io.bottleneck4j.eval.study.Verdicts.Wilson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyResultTest {
    @TempDir
    private Path temp;

    /** Of n questions; the first method stands left in the odd ones. */
    private static Study study(int n) {
        List<Question> questions = new ArrayList<>();
        for (int id = 1; id <= n; id++) {
            boolean odd = id % 2 == 1;
            questions.add(new Question(id, odd ? "a" : "b", odd ? "b" : "a", new Slot(id, 0), "p"));
        }
        return new Study("0123456789abcdef", "m", "emoji", List.of("a", "b"), List.of(Aspect.OVERALL), questions);
    }

    private Path answers(String name, String session, String participant, String... choices) throws IOException {
        StringBuilder json = new StringBuilder("{\"format\": \"bottleneck4j study answers 1\", \"study\":"
                + " \"0123456789abcdef\", \"session\": \"" + session + "\", \"participant\": \"" + participant
                + "\", \"answers\": [");
        for (int i = 0; i < choices.length; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"question\": " + (i + 1) + ", \"aspect\": \"overall\", \"answer\": \"" + choices[i]
                            + "\", \"seconds\": 1}");
        }
        return Files.writeString(temp.resolve(name), json + "]}");
    }

    @Test
    void of_answers_countsForTheMethodWhicheverSideItStood() throws IOException {
        Study study = study(4);
        StudyResult result = StudyResult.of(
                study, List.of(Answers.read(answers("1.json", "s1", "", "left", "left", "same", "right"), study)));
        Verdicts verdicts = result.verdicts().get(0);
        assertThat(verdicts.firstShare().share()).as("1 left, 4 right").isEqualTo(0.5);
        assertThat(verdicts.secondShare().share()).as("2 left").isEqualTo(0.25);
        assertThat(verdicts.sameShare().share()).isEqualTo(0.25);
        assertThat(verdicts.difference().mean()).isEqualTo(0.25);
        assertThat(result.count(Choice.LEFT)).isEqualTo(2);
    }

    @Test
    void difference_participantsWhoDisagree_widenTheInterval() {
        List<Verdicts.Given> alike = new ArrayList<>();
        List<Verdicts.Given> apart = new ArrayList<>();
        for (int participant = 0; participant < 4; participant++) {
            for (int question = 0; question < 50; question++) {
                alike.add(new Verdicts.Given(participant, question, (participant + question) % 2 == 0 ? 1 : -1));
                apart.add(new Verdicts.Given(participant, question, participant % 2 == 0 ? 1 : -1));
            }
        }
        Bootstrap narrow = new Verdicts(Aspect.OVERALL, "a", "b", alike).difference();
        Bootstrap wide = new Verdicts(Aspect.OVERALL, "a", "b", apart).difference();
        assertThat(narrow.mean()).isEqualTo(wide.mean()).isZero();
        assertThat(wide.low()).isEqualTo(-1);
        assertThat(wide.high()).isEqualTo(1);
        assertThat(narrow.high()).isLessThan(0.5);
    }

    @Test
    void wilson_equalsScipy() { // binomtest(k, n).proportion_ci(method="wilson"), scipy 1.17.1
        Wilson half = Wilson.of(5, 10);
        assertThat(half.low()).isCloseTo(0.236593, within(1e-6));
        assertThat(half.high()).isCloseTo(0.763407, within(1e-6));
        assertThat(Wilson.of(0, 10).low()).isZero();
        assertThat(Wilson.of(0, 10).high()).isCloseTo(0.277533, within(1e-6));
        assertThat(Wilson.of(17, 100).high()).isCloseTo(0.255480, within(1e-6));
        assertThatThrownBy(() -> Wilson.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void write_result_isTable6InFourFiles() throws IOException {
        Study study = study(4);
        StudyResult result = StudyResult.of(
                study,
                List.of(
                        Answers.read(answers("1.json", "s1", "", "left", "left", "same", "right"), study),
                        Answers.read(answers("2.json", "s2", "Bob|", "left", "right"), study)));
        Path out = temp.resolve("out");
        new StudyTables(result).write(out);
        assertThat(Files.readString(out.resolve("study.md")))
                .contains("| overall | a | b | 6 | 67 % [30, 90] | 17 % [3, 56] | 17 % [3, 56] | 50 % [")
                .contains("2 questions were left unanswered and are in no share")
                .contains("| s1 | 4 of 4 |", "| Bob\\| | 2 of 4 |");
        assertThat(Files.readString(out.resolve("study.tex"))).contains("67 \\% {\\scriptsize [30, 90]}");
        List<List<String>> csv = Csv.rows(Files.readString(out.resolve("study.csv")));
        assertThat(csv).hasSize(2).allMatch(row -> row.size() == 16);
        JsonNode json = new ObjectMapper().readTree(out.resolve("study.json").toFile());
        assertThat(json.get("pairs").get(0).get("same").get("share").asDouble()).isCloseTo(1 / 6.0, within(1e-9));
        assertThat(json.get("sides").get("left").asInt()).isEqualTo(3);
        assertThat(json.get("participants").get(1).get("answers").asInt()).isEqualTo(2);
        new StudyTables(result).write(out);
    }

    @Test
    void read_wrongAnswers_areRefusedByFileAndReason() throws IOException {
        Study study = study(2);
        Path good = answers("good.json", "s1", "", "left", "right");
        String text = Files.readString(good);
        assertRefused(study, text.replace("0123456789abcdef", "ffff"), "answers study ffff, not 0123456789abcdef");
        assertRefused(study, text.replace("\"question\": 2", "\"question\": 1"), "answers question 1 (overall) twice");
        assertRefused(study, text.replace("\"question\": 2", "\"question\": 3"), "which the study does not ask");
        assertRefused(study, text.replace("overall", "quality"), "which the study does not ask");
        assertRefused(study, text.replace("\"right\"", "\"both\""), "answer: must be left, right or same, not 'both'");
        assertRefused(study, text.substring(0, text.length() - 9), "is cut off or is not JSON");
        assertRefused(study, text.replace("answers 1", "answers 9"), "is no 'bottleneck4j study answers 1'");
        assertRefused(study, text.replace("\"s1\"", "7"), "'session' must be text, not 7");
        assertRefused(study, "{\"format\": \"bottleneck4j study answers 1\"}", "'study' must be text");
        assertThatThrownBy(() -> Answers.read(temp.resolve("none.json"), study)).hasMessageContaining("is missing");
        assertThatThrownBy(() -> Study.read(good)).hasMessageContaining("is no 'bottleneck4j study 1'");
    }

    private void assertRefused(Study study, String text, String reason) throws IOException {
        Path file = Files.writeString(temp.resolve("bad.json"), text);
        assertThatThrownBy(() -> Answers.read(file, study))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(reason);
    }

    @Test
    void of_oneParticipantTwice_isRefused() throws IOException {
        Study study = study(2);
        Answers one = Answers.read(answers("1.json", "s1", "Ada", "left"), study);
        Answers copy = Answers.read(answers("2.json", "s1", "", "left", "same"), study);
        Answers namesake = Answers.read(answers("3.json", "s3", "Ada", "left"), study);
        assertThatThrownBy(() -> StudyResult.of(study, List.of(one, copy)))
                .hasMessage("answers: " + one.file() + " and " + copy.file()
                        + " are of one participant's session; leave out the older one");
        assertThatThrownBy(() -> StudyResult.of(study, List.of(one, namesake))).hasMessageContaining("are both of Ada");
        Answers none = Answers.read(answers("4.json", "s4", ""), study);
        assertThatThrownBy(() -> StudyResult.of(study, List.of(none))).hasMessageContaining("answers: there are none");
    }
}
