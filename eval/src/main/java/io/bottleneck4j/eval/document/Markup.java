package io.bottleneck4j.eval.document;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** How a table is written. */
public enum Markup {
    /** GitHub's, with a heading of the second level. */
    MARKDOWN("grid.md", Markup::escapedMarkdown),
    /** A floating table with the rules of the package booktabs. */
    LATEX("grid.tex", Markup::escapedLatex),
    /** A heading of the second level, a table that can be scrolled, and the note below it. */
    HTML("grid.html", Html::text);

    private static final Map<String, String> LATEX_TEXT = Map.ofEntries(
            Map.entry("\\", "\\textbackslash{}"),
            Map.entry("&", "\\&"),
            Map.entry("%", "\\%"),
            Map.entry("$", "\\$"),
            Map.entry("#", "\\#"),
            Map.entry("_", "\\_"),
            Map.entry("{", "\\{"),
            Map.entry("}", "\\}"),
            Map.entry("~", "\\textasciitilde{}"),
            Map.entry("^", "\\textasciicircum{}"),
            Map.entry("<", "\\textless{}"),
            Map.entry(">", "\\textgreater{}"),
            Map.entry("–", "--"),
            Map.entry("×", "$\\times$"),
            Map.entry("▲", "$\\blacktriangle$"),
            Map.entry("▼", "$\\blacktriangledown$"),
            Map.entry("≈", "$\\approx$"),
            Map.entry("≠", "$\\neq$"),
            Map.entry("↑", "$\\uparrow$"),
            Map.entry("↓", "$\\downarrow$"),
            Map.entry("−", "$-$"));

    private final String template;

    @SuppressWarnings("ImmutableEnumChecker") // holds nothing
    private final UnaryOperator<String> escaped;

    Markup(String template, UnaryOperator<String> escaped) {
        this.template = template;
        this.escaped = escaped;
    }

    /** The table's text; ends with a line end. */
    public String of(Grid grid) {
        List<Map<String, ?>> rows = new ArrayList<>();
        grid.rows().forEach(row -> rows.add(Map.of("cells", cells(grid, row))));
        List<Cell> head = grid.head().stream().map(Cell::of).toList();
        return Html.fill(
                Markup.class,
                template,
                escaped,
                Map.of(
                        "label", grid.label(),
                        "title", grid.title(),
                        "note", grid.note(),
                        "head", cells(grid, head),
                        "rows", rows));
    }

    private static List<Map<String, ?>> cells(Grid grid, List<Cell> row) {
        List<Map<String, ?>> cells = new ArrayList<>();
        for (Cell cell : row) {
            cells.add(Map.of(
                    "words", cells.size() < grid.words(),
                    "text", cell.text(),
                    "interval", cell.interval(),
                    "sign", cell.mark().sign(),
                    "bracket", cell.text().startsWith("["))); // LaTeX takes it for the line break's argument
        }
        return cells;
    }

    /** A cell without any markup. */
    public static String plain(Cell cell) {
        return Arrays.stream(
                        new String[] {cell.text(), cell.interval(), cell.mark().sign()})
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** Text that Markdown leaves as it is. */
    private static String escapedMarkdown(String text) {
        return text.replaceAll("([\\\\`*_<>|])", "\\\\$1").replace("](", "]\\(").replaceAll("\\s+", " ");
    }

    /** Text that LaTeX prints as it is. */
    private static String escapedLatex(String text) {
        return text.codePoints()
                .mapToObj(Character::toString)
                .map(letter -> LATEX_TEXT.getOrDefault(letter, letter))
                .collect(Collectors.joining());
    }
}
