package io.bottleneck4j.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * docs/reference/ has a page for each command, made of what {@code --help} says. After a change of options or words write the pages anew:
 * {@code mvn test -pl cli -am -Dtest=ReferenceTest -Dsurefire.failIfNoSpecifiedTests=false -Dreference.write=true}.
 */
class ReferenceTest {
    private static final Path PAGES = Path.of("..", "docs", "reference");
    private static final String GENERATED =
            "\n<!-- Made of the program's help by ReferenceTest; change help.properties, not this file. -->\n";

    private static final String WORDS = "${COMPLETION-CANDIDATES}";

    @Test
    void pages_sayWhatHelpSays() throws IOException {
        Map<String, String> pages = new TreeMap<>();
        CommandLine main = Main.commands(
                new Main(), new Surroundings(Map.of(), Path.of("home"), false, new Cancellation()), "completion");
        pages.put("README.md", overview(main));
        add(main, pages);

        if (Boolean.getBoolean("reference.write")) {
            Files.createDirectories(PAGES);
            for (Map.Entry<String, String> page : pages.entrySet()) {
                Files.writeString(PAGES.resolve(page.getKey()), page.getValue());
            }
        }
        for (Map.Entry<String, String> page : pages.entrySet()) {
            assertThat(PAGES.resolve(page.getKey()))
                    .as("a page that is not what help says; this class tells how to write it anew")
                    .hasContent(page.getValue());
        }
        try (Stream<Path> files = Files.list(PAGES)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsOnlyOnceElementsOf(pages.keySet());
        }
    }

    private static void add(CommandLine of, Map<String, String> pages) {
        of.getSubcommands().forEach((name, command) -> {
            CommandSpec spec = command.getCommandSpec();
            pages.put(file(spec), page(spec));
            add(command, pages);
        });
    }

    private static String file(CommandSpec command) {
        return words(command).replace(' ', '-') + ".md";
    }

    /** As {@code evaluate score}. */
    private static String words(CommandSpec command) {
        return command.qualifiedName(" ").replaceFirst("^bottleneck4j ", "");
    }

    private static String overview(CommandLine main) {
        StringBuilder text = new StringBuilder()
                .append("# Commands\n\n")
                .append("Every command, with its options and examples: what `bottleneck4j COMMAND --help` prints.\n");
        table(main, text);
        text.append("\nExit codes of all commands:\n\n| code | meaning |\n|---|---|\n");
        requireNonNull(main.getSubcommands().get("generate"))
                .getCommandSpec()
                .usageMessage()
                .exitCodeList()
                .forEach((code, meaning) -> text.append("| ")
                        .append(code.strip())
                        .append(" | ")
                        .append(meaning)
                        .append(" |\n"));
        return text.append(GENERATED).toString();
    }

    private static void table(CommandLine of, StringBuilder text) {
        text.append("\n| command | what it does |\n|---|---|\n");
        of.getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .forEach(command -> text.append("| [")
                        .append(words(command))
                        .append("](")
                        .append(file(command))
                        .append(") | ")
                        .append(cell(command.usageMessage().description()[0]))
                        .append(" |\n"));
    }

    private static String page(CommandSpec command) {
        CommandLine line = command.commandLine();
        CommandLine.Help help = line.getHelp();
        StringBuilder text = new StringBuilder("# ").append(words(command)).append("\n\n");
        text.append(Stream.of(command.usageMessage().description())
                        .map(ReferenceTest::prose)
                        .collect(Collectors.joining("\n")))
                .append("\n\n```\n")
                .append(help.synopsis(0).strip())
                .append("\n```\n");
        if (!line.getSubcommands().isEmpty()) {
            table(line, text);
        }
        sections(command).forEach((heading, arguments) -> {
            text.append("\n## ").append(heading).append("\n\n| option | what it does |\n|---|---|\n");
            arguments.forEach(argument -> text.append(row(argument)));
        });
        String[] footer = command.usageMessage().footer();
        if (footer.length > 0) {
            text.append(footer(footer));
        }
        return text.append(GENERATED).toString();
    }

    /** Lines that begin with two spaces are commands or what they do; others are words about the whole. */
    private static String footer(String[] lines) {
        StringBuilder text = new StringBuilder();
        List<String> examples = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("  ")) {
                examples.add(Ansi.OFF.string(line).substring(2));
            } else if (!line.isBlank() && !line.strip().equals("Examples:")) {
                text.append(prose(line)).append('\n');
            }
        }
        String told = text.length() == 0 ? "" : "\n" + text;
        int first = 0;
        while (first < examples.size() && !examples.get(first).matches("(bottleneck4j|source|curl) .*")) {
            first++;
        }
        String before = first == 0 ? "" : "\n" + String.join("\n", examples.subList(0, first)) + "\n";
        String commands = commented(examples.subList(first, examples.size()));
        return before + told + (commands.isEmpty() ? "" : "\n## Examples\n\n```\n" + commands + "```\n");
    }

    /** What an example does stands below it in help; here it stands above, as a comment of the shell. */
    private static String commented(List<String> examples) {
        StringBuilder text = new StringBuilder();
        StringBuilder command = new StringBuilder();
        for (String line : examples) {
            boolean goesOn = command.toString().endsWith("\\\n");
            if (line.startsWith("    ") && !goesOn) {
                text.append("# ").append(line.strip()).append('\n').append(command);
                command.setLength(0);
            } else {
                if (!goesOn) {
                    text.append(command);
                    command.setLength(0);
                }
                command.append(line).append('\n');
            }
        }
        return text.append(command).toString();
    }

    /** Options and arguments by the headings of help; those without one come first. */
    private static Map<String, List<ArgSpec>> sections(CommandSpec command) {
        Map<String, List<ArgSpec>> sections = new LinkedHashMap<>();
        Predicate<ArgSpec> isShown = argument -> !argument.hidden() && !argument.inherited();
        sections.put("Arguments and options", new ArrayList<>());
        List<ArgSpec> alone = sections.values().iterator().next();
        command.positionalParameters().stream()
                .filter(isShown)
                .filter(a -> a.group() == null)
                .forEach(alone::add);
        for (ArgGroupSpec group : command.argGroups()) {
            String heading = group.heading() == null
                    ? ""
                    : Ansi.OFF.string(group.heading().replace("%n", "")).strip();
            List<ArgSpec> of = heading.isEmpty()
                    ? alone
                    : sections.computeIfAbsent(heading.replaceFirst(":$", ""), name -> new ArrayList<>());
            group.allOptionsNested().stream().filter(isShown).forEach(of::add);
            group.allPositionalParametersNested().stream().filter(isShown).forEach(of::add);
        }
        command.options().stream()
                .filter(isShown)
                .filter(option -> option.group() == null)
                .forEach(alone::add);
        sections.values().removeIf(List::isEmpty);
        return sections;
    }

    private static String row(ArgSpec argument) {
        String label = argument.paramLabel();
        String name;
        if (argument instanceof OptionSpec option) {
            String value =
                    option.arity().max() == 0 ? "" : (option.longestName().startsWith("--") ? "=" : " ") + label;
            name = Stream.of(option.names()).map(n -> "`" + n + "`").collect(Collectors.joining(", "));
            if (!value.isEmpty()) {
                name = name.substring(0, name.length() - 1) + value + "`";
            }
        } else {
            name = "`" + label + "`";
        }
        String text = Stream.of(argument.description())
                .map(line -> line.contains(WORDS) ? line.replace(WORDS, candidates(argument)) : line)
                .map(ReferenceTest::cell)
                .map(line -> line.endsWith(";") ? line + "<br>" : line + " ") // a list, a line each
                .collect(Collectors.joining())
                .strip();
        return "| " + name.replace("|", "\\|") + " | " + text + " |\n";
    }

    private static String candidates(ArgSpec argument) {
        List<String> words = new ArrayList<>();
        Iterable<String> candidates = argument.completionCandidates();
        if (candidates != null) {
            candidates.forEach(words::add);
        } else {
            Class<?>[] types = argument.auxiliaryTypes(); // of a list that of its elements
            for (Object constant : types[types.length - 1].getEnumConstants()) {
                words.add(constant.toString());
            }
        }
        return String.join(", ", words);
    }

    private static String prose(String line) {
        return Ansi.OFF.string(line).replace("%%", "%").strip();
    }

    private static String cell(String line) {
        return prose(line)
                .replace("|", "\\|")
                .replace("<", "&lt;")
                .replace("*", "\\*")
                .replaceAll("(?<![/.\\w])docs/([\\w-]+\\.md)", "[$1](../$1)");
    }
}
