package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.models.folder.Spelling;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.reader.StreamReader;

/** A YAML mapping read strictly: known keys, right types, no aliases; every message has line and column. */
final class YamlMapping {
    static final int MAX_CHARACTERS = 1 << 20;
    private static final int MAX_DEPTH = 16;

    /** YAML 1.2's decimal integers; a leading 0 would mean octal to older readers. */
    private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9]\\d*)");

    /** YAML 1.2's finite decimal numbers; {@code .nan}, {@code .inf} and hexadecimal ones are not among them. */
    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\.\\d+|\\d+(\\.\\d*)?)([eE][-+]?\\d+)?");

    private final String file;
    private final Node node;
    private final Map<String, Node> values = new LinkedHashMap<>();

    private YamlMapping(String file, Node node, @Nullable Set<String> known) {
        this.file = file;
        this.node = node;
        if (!(node instanceof MappingNode mapping)) {
            throw error(node, "must be a mapping (key: value), not " + kind(node));
        }
        for (NodeTuple entry : mapping.getValue()) {
            String key = text(entry.getKeyNode(), "a key must be text");
            if (known != null && !known.contains(key)) {
                throw error(entry.getKeyNode(), Spelling.quote(key) + ": unknown key; " + Spelling.remedy(key, known));
            }
            if (values.put(key, entry.getValueNode()) != null) {
                throw error(entry.getKeyNode(), Spelling.quote(key) + ": appears twice; keep one");
            }
        }
    }

    /**
     * Parses a document.
     *
     * @param file named in messages
     * @param known the keys it may have, in the order messages list them
     */
    static YamlMapping parse(String file, String yaml, Set<String> known) {
        if (yaml.length() > MAX_CHARACTERS) {
            throw new PlanFileException(
                    file + at(1, 1) + "must be at most " + MAX_CHARACTERS + " characters, not " + yaml.length());
        }
        refuseUnprintable(file, yaml);
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARACTERS);
        try {
            refuseDepthAndAnchors(file, new Yaml(options), yaml);
            Node root = new Yaml(options).compose(new StringReader(yaml));
            if (root == null) {
                throw new PlanFileException(file + at(1, 1) + "is empty; its keys are " + String.join(", ", known));
            }
            return new YamlMapping(file, root, known);
        } catch (MarkedYAMLException e) {
            throw new PlanFileException(
                    file + at(e.getProblemMark()) + "is not valid YAML: " + Spelling.complaint(e.getProblem()), e);
        } catch (YAMLException e) {
            throw new PlanFileException(
                    file + at(1, 1) + "is not valid YAML: " + Spelling.complaint(e.getMessage()), e);
        }
    }

    private static void refuseUnprintable(String file, String yaml) {
        for (int i = 0; i < yaml.length(); i += Character.charCount(yaml.codePointAt(i))) {
            int c = yaml.codePointAt(i);
            if (!StreamReader.isPrintable(c)) {
                throw new PlanFileException(
                        file + at(yaml, i) + "character U+%04X is not allowed".formatted(c) + "; is it a text file?");
            }
        }
    }

    /** Before nodes are built, since building them recurses; aliases would let a short file stand for an endless one. */
    private static void refuseDepthAndAnchors(String file, Yaml yaml, String text) {
        int depth = 0;
        for (Event event : yaml.parse(new StringReader(text))) {
            String where = file + at(event.getStartMark());
            if (event instanceof NodeEvent named && named.getAnchor() != null) {
                throw new PlanFileException(where + "anchors and aliases are not supported; write the value out");
            }
            if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
                throw new PlanFileException(where + "must be nested at most " + MAX_DEPTH + " deep");
            }
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
        }
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Set<String> keys() {
        return values.keySet();
    }

    int integer(String key) {
        String text = plain(key, "a whole number");
        try {
            if (INTEGER.matcher(text).matches()) {
                return Integer.parseInt(text);
            }
        } catch (NumberFormatException e) {
            throw error(
                    key, key + ": must be a whole number up to " + Integer.MAX_VALUE + ", not " + Spelling.quote(text));
        }
        throw error(key, key + ": must be a whole number, not " + Spelling.quote(text));
    }

    double number(String key) {
        String text = plain(key, "a number");
        double value = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
        if (!Double.isFinite(value)) {
            throw error(key, key + ": must be a finite number, not " + Spelling.quote(text));
        }
        return value;
    }

    /** A whole number of at least 1, where the key is there. */
    OptionalInt positive(String key) {
        if (!has(key)) {
            return OptionalInt.empty();
        }
        int value = integer(key);
        if (value < 1) {
            throw error(key, key + ": must be at least 1, not " + value);
        }
        return OptionalInt.of(value);
    }

    boolean isTrue(String key) {
        String text = plain(key, "true or false");
        if (!text.equals("true") && !text.equals("false")) {
            throw error(key, key + ": must be true or false, not " + Spelling.quote(text));
        }
        return text.equals("true");
    }

    /** One of some words, with or without quotes. */
    String word(String key, List<String> known) {
        String text = text(require(key), key + ": must be a word");
        if (!known.contains(text)) {
            throw error(key, key + ": " + Spelling.quote(text) + " is unknown; " + Spelling.remedy(text, known));
        }
        return text;
    }

    /** Any text, with or without quotes. */
    String text(String key) {
        return text(require(key), key + ": must be a word");
    }

    /** A mapping under a key, with any keys ({@code known} null) or only known ones. */
    YamlMapping mapping(String key, @Nullable Set<String> known) {
        return new YamlMapping(file, require(key), known);
    }

    List<YamlMapping> list(String key, Set<String> known) {
        Node value = require(key);
        if (!(value instanceof SequenceNode sequence)) {
            throw error(value, key + ": must be a list, not " + kind(value));
        }
        List<YamlMapping> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            items.add(new YamlMapping(file, item, known));
        }
        return items;
    }

    /** Where this mapping begins, as messages begin: {@code plan.yaml:2:5: }. */
    String place() {
        return file + at(node.getStartMark());
    }

    /** A complaint about this mapping as a whole. */
    PlanFileException error(String message) {
        return error(node, message);
    }

    /** A complaint about one of its values. */
    PlanFileException error(String key, String message) {
        return error(require(key), message);
    }

    private Node require(String key) {
        Node value = values.get(key);
        if (value == null) {
            throw error(node, key + ": is missing");
        }
        return value;
    }

    /** The text of a scalar without quotes, which would make it a string. */
    private String plain(String key, String requirement) {
        Node value = require(key);
        String text = text(value, key + ": must be " + requirement);
        if (!((ScalarNode) value).isPlain()) {
            throw error(value, key + ": must be " + requirement + ", not text; write it without quotes");
        }
        return text;
    }

    private String text(Node value, String what) {
        if (value instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw error(value, what + ", not " + kind(value));
    }

    private PlanFileException error(Node where, String message) {
        return new PlanFileException(file + at(where.getStartMark()) + message);
    }

    private static String at(@Nullable Mark mark) {
        return mark == null ? at(1, 1) : at(mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** The place of a character, as messages give it. */
    static String at(CharSequence text, int index) {
        String before = text.subSequence(0, index).toString();
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        return at(line, index - before.lastIndexOf('\n'));
    }

    private static String at(int line, int column) {
        return ":" + line + ":" + column + ": ";
    }

    private static String kind(Node node) {
        return node instanceof MappingNode
                ? "a mapping"
                : node instanceof SequenceNode ? "a list" : Spelling.quote(((ScalarNode) node).getValue());
    }
}
