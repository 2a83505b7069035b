package io.bottleneck4j.models.folder;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** A YAML mapping read strictly: known keys, right types, no aliases; every message has line and column. */
final class YamlMapping {
    private static final int MAX_CHARACTERS = 1 << 20;

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
        refuseAnchor(node);
        for (NodeTuple entry : mapping.getValue()) {
            refuseAnchor(entry.getKeyNode());
            refuseAnchor(entry.getValueNode());
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
            throw new PlanFileException(file + ": must be at most " + MAX_CHARACTERS + " characters");
        }
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARACTERS);
        options.setNestingDepthLimit(16);
        options.setMaxAliasesForCollections(Integer.MAX_VALUE); // refused below, with their place
        try {
            Node root = new Yaml(options).compose(new StringReader(yaml));
            if (root == null) {
                throw new PlanFileException(file + ": is empty; it must hold " + String.join(", ", known));
            }
            return new YamlMapping(file, root, known);
        } catch (MarkedYAMLException e) {
            throw new PlanFileException(
                    file + at(e.getProblemMark()) + "is not valid YAML: " + String.valueOf(e.getProblem()), e);
        } catch (YAMLException e) {
            throw new PlanFileException(file + ": is not valid YAML: " + e.getMessage(), e);
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
            refuseAnchor(item);
            items.add(new YamlMapping(file, item, known));
        }
        return items;
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

    private void refuseAnchor(Node value) {
        if (value.getAnchor() != null) {
            throw error(value, "anchors and aliases are not supported; write the value out");
        }
    }

    private PlanFileException error(Node where, String message) {
        return new PlanFileException(file + at(where.getStartMark()) + message);
    }

    private static String at(@Nullable Mark mark) {
        return mark == null ? ": " : ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1) + ": ";
    }

    private static String kind(Node node) {
        return node instanceof MappingNode
                ? "a mapping"
                : node instanceof SequenceNode ? "a list" : Spelling.quote(((ScalarNode) node).getValue());
    }
}
