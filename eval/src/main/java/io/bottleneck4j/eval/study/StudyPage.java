package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.page.Html;
import java.util.List;

/** The page that asks: one HTML file that holds its pictures, and no word of which is whose. */
final class StudyPage {
    private static final String TITLE = "Which picture is better?";

    private StudyPage() {}

    /** A question's pictures. */
    record Pair(Question question, Blind left, Blind right) {}

    /**
     * The text of the page.
     *
     * @param id of the study
     * @param aspects asked of each pair
     * @param pairs in the order of the page
     */
    static String html(String id, List<Aspect> aspects, List<Pair> pairs) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("answers_format", Answers.FORMAT).put("study", id);
        ArrayNode asked = json.putArray("aspects");
        aspects.forEach(
                aspect -> asked.addObject().put("name", aspect.toString()).put("question", aspect.question()));
        ArrayNode questions = json.putArray("questions");
        pairs.forEach(pair -> questions
                .addObject()
                .put("id", pair.question().id())
                .put("prompt", pair.question().prompt())
                .put("type", pair.left().type())
                .put("left", pair.left().address())
                .put("right", pair.right().address()));
        String data = json.toString().replace("<", "\\u003c"); // or a prompt could end the script
        String body = Html.resource(StudyPage.class, "study.html") + "<script type=\"application/json\" id=\"data\">"
                + data + "</script>\n";
        return Html.page(
                TITLE, Html.resource(StudyPage.class, "study.css"), body, Html.resource(StudyPage.class, "study.js"));
    }
}
