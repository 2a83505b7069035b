package io.bottleneck4j.eval.document;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How a table is written. */
public enum Markup {
    /** GitHub's, with a heading of the second level. */
    MARKDOWN {
        @Override
        public String of(Grid grid) {
            StringBuilder text = new StringBuilder("## " + grid.title() + "\n\n");
            text.append(line(grid.head().stream().map(Markup::escapedMarkdown).toList()));
            text.append('|');
            for (int i = 0; i < grid.head().size(); i++) {
                text.append(i < grid.words() ? "---|" : "---:|");
            }
            text.append('\n');
            grid.rows()
                    .forEach(
                            row -> text.append(line(row.stream().map(this::cell).toList())));
            return text + (grid.note().isEmpty() ? "" : "\n" + escapedMarkdown(grid.note()) + "\n");
        }

        private String cell(Cell cell) {
            return spaced(
                    escapedMarkdown(cell.text()),
                    escapedMarkdown(cell.interval()),
                    cell.mark().sign());
        }

        private String line(List<String> cells) {
            return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
        }
    },

    /** A floating table with the rules of the package booktabs. */
    LATEX {
        @Override
        public String of(Grid grid) {
            int numbers = grid.head().size() - grid.words();
            StringBuilder text = new StringBuilder("\\begin{table}\n\\centering\n\\small\n\\caption{"
                    + escapedLatex(spaced(grid.title() + ".", grid.note())) + "}\n\\label{tab:" + grid.label() + "}\n"
                    + "\\begin{tabular}{" + "l".repeat(grid.words()) + "r".repeat(numbers) + "}\n\\toprule\n");
            text.append(line(grid.head().stream().map(Markup::escapedLatex).toList()))
                    .append("\\midrule\n");
            grid.rows()
                    .forEach(
                            row -> text.append(line(row.stream().map(this::cell).toList())));
            return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
        }

        private String cell(Cell cell) {
            String interval = cell.interval().isEmpty() ? "" : "{\\scriptsize " + escapedLatex(cell.interval()) + "}";
            return spaced(
                    escapedLatex(cell.text()),
                    interval,
                    escapedLatex(cell.mark().sign()));
        }

        private String line(List<String> cells) {
            // a row that begins with [ would be taken for the optional argument of the line break before it
            return cells.stream()
                    .map(cell -> cell.startsWith("[") ? "{}" + cell : cell)
                    .collect(Collectors.joining(" & ", "", " \\\\\n"));
        }
    },

    /** A heading of the second level, a table that can be scrolled, and the note below it. */
    HTML {
        @Override
        public String of(Grid grid) {
            StringBuilder text = new StringBuilder("<h2 id=\"" + grid.label() + "\">" + Html.text(grid.title())
                    + "</h2>\n<div class=\"scroll\"><table>\n<thead><tr>");
            for (int i = 0; i < grid.head().size(); i++) {
                text.append(element(
                        grid, i, "th", " scope=\"col\"", Html.text(grid.head().get(i))));
            }
            text.append("</tr></thead>\n<tbody>\n");
            for (List<Cell> row : grid.rows()) {
                text.append("<tr>");
                for (int i = 0; i < row.size(); i++) {
                    text.append(
                            element(grid, i, i == 0 ? "th" : "td", i == 0 ? " scope=\"row\"" : "", cell(row.get(i))));
                }
                text.append("</tr>\n");
            }
            text.append("</tbody></table></div>\n");
            return text + (grid.note().isEmpty() ? "" : "<p class=\"quiet\">" + Html.text(grid.note()) + "</p>\n");
        }

        private String cell(Cell cell) {
            String interval =
                    cell.interval().isEmpty() ? "" : "<span class=\"quiet\">" + Html.text(cell.interval()) + "</span>";
            return spaced(Html.text(cell.text()), interval, cell.mark().sign());
        }

        private String element(Grid grid, int column, String tag, String scope, String content) {
            String words = column < grid.words() ? " class=\"words\"" : "";
            return "<" + tag + scope + words + ">" + content + "</" + tag + ">";
        }
    };

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

    /** The table's text; ends with a line end. */
    public abstract String of(Grid grid);

    /** A cell without any markup. */
    public static String plain(Cell cell) {
        return spaced(cell.text(), cell.interval(), cell.mark().sign());
    }

    private static String spaced(String... parts) {
        return Arrays.stream(parts).filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
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
