package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A study as the file that tells which picture was whose. */
public final class StudyKey {
    private static final String FORMAT = "bottleneck4j study 1";

    private StudyKey() {}

    /** The text of the file. */
    public static String text(Study study) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT)
                .put("study", study.id())
                .put("model", study.model())
                .put("benchmark", study.benchmark());
        ArrayNode methods = json.putArray("methods");
        study.methods().forEach(methods::add);
        ArrayNode aspects = json.putArray("aspects");
        study.aspects().forEach(aspect -> aspects.add(aspect.toString()));
        ArrayNode questions = json.putArray("questions");
        study.questions()
                .forEach(question -> questions
                        .addObject()
                        .put("id", question.id())
                        .put("left", question.left())
                        .put("right", question.right())
                        .put("prompt_index", question.slot().promptIndex())
                        .put("sample", question.slot().sample())
                        .put("prompt", question.prompt()));
        return json.toPrettyString() + "\n";
    }

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException naming the file, if it is missing, damaged, or is none
     * @throws IOException if it cannot be read
     */
    public static Study read(Path file) throws IOException {
        JsonFile json = JsonFile.read(file, FORMAT, "name the key that 'evaluate study' wrote");
        return json.parsed(() -> {
            List<String> methods = new ArrayList<>();
            json.items(json.root(), "methods").forEach(method -> methods.add(method.asText()));
            List<Aspect> aspects = new ArrayList<>();
            json.items(json.root(), "aspects").forEach(aspect -> aspects.add(Aspect.named(aspect.asText())));
            List<Question> questions = new ArrayList<>();
            for (JsonNode question : json.items(json.root(), "questions")) {
                questions.add(new Question(
                        json.whole(question, "id"),
                        json.text(question, "left"),
                        json.text(question, "right"),
                        new Slot(json.whole(question, "prompt_index"), json.whole(question, "sample")),
                        json.text(question, "prompt")));
            }
            return new Study(
                    json.text(json.root(), "study"),
                    json.text(json.root(), "model"),
                    json.text(json.root(), "benchmark"),
                    methods,
                    aspects,
                    questions);
        });
    }
}
