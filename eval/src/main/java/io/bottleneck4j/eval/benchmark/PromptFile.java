package io.bottleneck4j.eval.benchmark;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.pipeline.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A file of prompts in a benchmark's own format, named without its folder; complaints name it and the place. */
record PromptFile(String name, String text) {
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    /** The name without its ending. */
    String stem() {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    /**
     * One of the prompts: its place, for messages, the key it has in an object, a text or an object that holds one, and
     * the line of JSON it is, as it is written; empty where there is none.
     */
    record Item(String place, String id, JsonNode json, String source) {}

    /**
     * The items of the file.
     *
     * @param form how they lie in it: {@code json-lines}, {@code json-list}, {@code json-object}, {@code csv}, or {@code lines}
     * @throws IllegalArgumentException naming the place, if it is not of that form
     */
    List<Item> items(String form) {
        List<Item> items = new ArrayList<>();
        switch (form.equals("lines") && name.endsWith(".json") ? "json-list" : form) {
            case "lines" -> {
                for (String line : lines()) {
                    items.add(new Item("line " + (items.size() + 1), "", TextNode.valueOf(line.split("\t", 2)[0]), ""));
                }
            }
            case "json-lines" -> {
                for (String line : lines()) {
                    String place = "line " + (items.size() + 1);
                    items.add(new Item(place, "", parsed(place, line, JsonNode::isObject, "object"), line));
                }
            }
            case "json-list" -> {
                for (JsonNode item : parsed("the file", text, JsonNode::isArray, "list")) {
                    items.add(new Item("item " + (items.size() + 1), "", item, ""));
                }
            }
            case "json-object" ->
                parsed("the file", text, JsonNode::isObject, "object")
                        .properties()
                        .forEach(
                                one -> items.add(new Item("'" + one.getKey() + "'", one.getKey(), one.getValue(), "")));
            case "csv" -> rows(items);
            default -> throw new IllegalArgumentException("form: '" + form + "' is unknown");
        }
        return items;
    }

    /** The lines, which end in LF or CRLF, the last one too or not. */
    private List<String> lines() {
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                throw wrong("line " + (i + 1), "is empty; remove it");
            }
        }
        return lines;
    }

    /** Comma-separated values, whose head may be of small letters or large ones. */
    private void rows(List<Item> items) {
        List<List<String>> rows;
        try {
            rows = Csv.rows(text.isEmpty() || text.endsWith("\n") ? text : text + "\n");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
        List<String> head = rows.isEmpty()
                ? List.of()
                : rows.get(0).stream().map(key -> key.toLowerCase(Locale.ROOT)).toList();
        if (!head.containsAll(List.of("prompts", "category"))) {
            throw wrong("row 1", "must have the columns Prompts and Category, and has " + head);
        }
        for (List<String> row : rows.subList(1, rows.size())) {
            String place = "row " + (items.size() + 2);
            if (row.size() != head.size()) {
                throw wrong(place, "must have a prompt and " + head.size() + " fields");
            }
            ObjectNode json = MAPPER.createObjectNode();
            json.put("Prompts", row.get(head.indexOf("prompts"))).put("Category", row.get(head.indexOf("category")));
            items.add(new Item(place, "", json, ""));
        }
    }

    private JsonNode parsed(String place, String json, Predicate<JsonNode> right, String kind) {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw wrong(place, "is cut off or is not JSON: " + StrictJson.reason(e.getOriginalMessage()));
        }
        if (!right.test(root)) {
            throw wrong(place, "must be a JSON " + kind);
        }
        return root;
    }

    /**
     * A text of an item, by its key, or null where the item is the text; IllegalArgumentException if there is none, or
     * it is empty.
     */
    String text(Item item, @Nullable String key) {
        return key == null
                ? text(item.place(), item.json())
                : text(item.place() + ": '" + key + "'", item.json().path(key));
    }

    /** The texts of a list, at least one. */
    List<String> texts(Item item, String key) {
        String place = item.place() + ": '" + key + "'";
        if (!item.json().path(key).isArray() || item.json().path(key).isEmpty()) {
            throw wrong(place, "must be a list that is not empty");
        }
        List<String> texts = new ArrayList<>();
        item.json().path(key).forEach(one -> texts.add(text(place, one)));
        return texts;
    }

    private String text(String place, JsonNode json) {
        if (!json.isTextual() || json.textValue().isBlank()) {
            throw wrong(place, "must be a text that is not empty");
        }
        return json.textValue();
    }

    /** What is wrong with a place of this file. */
    IllegalArgumentException wrong(String place, String what) {
        return new IllegalArgumentException(name + ": " + place + " " + what);
    }
}
